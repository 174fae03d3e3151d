"""Language data: the words of people, mail programs and servers in many languages."""
