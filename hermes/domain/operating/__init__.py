"""What operators do and see beyond the life of mails and commands: actions, pauses, costs."""
