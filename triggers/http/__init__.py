"""The HTTP functions, one file a resource."""
