"""The function app: registers what the packages declare, and nothing else."""

import azure.durable_functions as df
import azure.functions as func

from triggers.registration import blueprints

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)

for blueprint in blueprints():
    app.register_functions(blueprint)
