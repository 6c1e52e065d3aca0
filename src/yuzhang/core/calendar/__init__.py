"""Working time: which days are worked, with public holidays and shifted working days as they are announced year by year."""

from yuzhang.core.calendar.announced import Announcement, announced
from yuzhang.core.calendar.working import Calendar, add_working_hours, national, working_hours_between

__all__ = ["Announcement", "Calendar", "add_working_hours", "announced", "national", "working_hours_between"]
