"""What people open: the CSV tables and record, the Excel workbook, the page."""
