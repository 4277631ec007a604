"""The network side: pumps that move octets. Knows no SMPP."""
