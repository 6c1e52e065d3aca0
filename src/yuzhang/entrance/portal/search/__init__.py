"""One search over everything that rooms offer: words of any length, pinyin, English; only what the asker may find."""
