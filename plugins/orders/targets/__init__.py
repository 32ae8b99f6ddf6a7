"""Where messages are sent to: mail servers, web services, files, tables."""
