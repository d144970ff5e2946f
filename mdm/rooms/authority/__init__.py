"""The keys the server itself holds: device authority, profile signer, push certificate."""
