"""Customs authorities, each reached by its address over HTTP."""
