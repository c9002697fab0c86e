"""What the gate knows of each codec: a file a codec, which the registry finds by itself."""
