"""Limits, lost servers and the incidents that come of them."""
