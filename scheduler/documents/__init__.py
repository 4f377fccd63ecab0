"""Documents of the station: from plain values to DOCX, PDF, XLSX and iCalendar; no query and no count is here."""
