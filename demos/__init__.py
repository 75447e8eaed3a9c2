"""What ``make run`` runs."""
