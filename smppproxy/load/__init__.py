"""Load generator and SMSC simulator. Shares only the protocol with the proxy it judges."""
