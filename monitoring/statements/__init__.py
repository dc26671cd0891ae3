"""What was used, as money: pure rules from quantities and prices to statements, and to corrections of closed ones."""
