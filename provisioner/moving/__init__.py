"""Migrations carried out: sources looked at, steps taken and taken back, waves conducted, leftovers found."""
