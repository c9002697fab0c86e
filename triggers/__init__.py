"""What starts work: uploads, given-up upload events, and HTTP requests."""
