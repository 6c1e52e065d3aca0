"""The portal: home by role, search over everything, notifications, favourites, profile. No rules of other rooms."""
