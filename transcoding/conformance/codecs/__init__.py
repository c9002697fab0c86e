"""What the gate knows of each codec: a file a codec, found by sample entry in the registry."""
