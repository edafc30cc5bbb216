"""The actions, the authentication and the usage counting of the Voices service."""
