"""Yardsticks: plain re-implementations of what is published, to be measured beside our own."""
