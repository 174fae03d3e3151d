"""What alerts need of AWS: its clock, and topics of SNS."""
