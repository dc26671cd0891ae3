"""What migrations leave: the evidence of what they did, and orphans."""
