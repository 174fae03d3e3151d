"""What Hermes asks of other services over https: posts, and the access tokens of mailboxes and mail servers."""
