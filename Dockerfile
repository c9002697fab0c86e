# The app as the machines of the spot lane run it (bicep/modules/spot.bicep):
#
#   az acr build --registry "$REGISTRY_NAME" --image durable-vod:latest \
#     --build-arg PYTHON_VERSION="$FUNCTIONS_PYTHON_VERSION" .
#
# Microsoft renews the image below under the same name. To build on one of them for good, name it by its
# digest, which `docker buildx imagetools inspect mcr.microsoft.com/azure-functions/python:4-python3.11`
# tells: --build-arg BASE=mcr.microsoft.com/azure-functions/python@sha256:...
#
# Never built so far: docs/deploy.md, "What has not been run".
ARG PYTHON_VERSION=3.11
ARG BASE=mcr.microsoft.com/azure-functions/python:4-python${PYTHON_VERSION}
FROM ${BASE}

# Another port than the image's 80, which only root may listen on.
ENV AzureWebJobsScriptRoot=/home/site/wwwroot \
    AzureFunctionsJobHost__Logging__Console__IsEnabled=true \
    ASPNETCORE_URLS=http://+:8080
EXPOSE 8080

COPY requirements.txt /
RUN pip install --no-cache-dir --no-deps --require-hashes -r /requirements.txt

# The host writes to its home, and to its folder of secrets (azure-functions-docker issue 1210). All else,
# the app among it, stays root's.
RUN useradd --uid 10001 --home-dir /home --no-create-home --shell /usr/sbin/nologin vod \
 && mkdir -p /azure-functions-host/Secrets /home/data /home/LogFiles \
 && chown -R vod:vod /azure-functions-host/Secrets /home

COPY host.json function_app.py /home/site/wwwroot/
COPY activities /home/site/wwwroot/activities
COPY adapters /home/site/wwwroot/adapters
COPY orchestrators /home/site/wwwroot/orchestrators
COPY transcoding /home/site/wwwroot/transcoding
COPY triggers /home/site/wwwroot/triggers

USER 10001
