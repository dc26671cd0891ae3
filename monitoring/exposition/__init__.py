"""What is known as Prometheus takes it: the catalogue of all metrics, and their text. Between the record and a scrape."""
