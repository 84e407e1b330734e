"""Samples in Prometheus' text format (version 0.0.4), under the names that node_exporter made customary.

Dashboards and rules written for node_exporter then work on servers that run none. Only names, types and units are
followed; whatever a sample does not tell (another kernel file, a switched-off metric) is absent.
"""
