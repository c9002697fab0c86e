# The app as the machines of the spot lane run it (bicep/modules/spot.bicep):
#
#   az acr build --registry NAME --image durable-vod:latest .
FROM mcr.microsoft.com/azure-functions/python:4-python3.11

ENV AzureWebJobsScriptRoot=/home/site/wwwroot \
    AzureFunctionsJobHost__Logging__Console__IsEnabled=true

COPY requirements.txt /
RUN pip install --no-cache-dir --no-deps --require-hashes -r /requirements.txt

COPY host.json function_app.py /home/site/wwwroot/
COPY activities /home/site/wwwroot/activities
COPY adapters /home/site/wwwroot/adapters
COPY orchestrators /home/site/wwwroot/orchestrators
COPY transcoding /home/site/wwwroot/transcoding
COPY triggers /home/site/wwwroot/triggers
