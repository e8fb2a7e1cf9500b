"""Level 13: what other monitors take: Prometheus rules with their tests, Grafana dashboards, OpenSLO. All generated."""
