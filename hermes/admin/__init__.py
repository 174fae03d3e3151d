"""What the web page, the API and the command line show and do for those who look after Hermes."""
