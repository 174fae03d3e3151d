"""The read model of operators: frozen values, read by index and in pages, never by a scan of mails, threads, commands or replies."""
