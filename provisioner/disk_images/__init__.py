"""Disk images that come from elsewhere: looked at safely, converted, hashed, before any cloud gets to see them."""
