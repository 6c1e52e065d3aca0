"""The room's SQL: places (units and regions), devices with their credentials, and registrations that wait. Nobody else reads its tables."""
