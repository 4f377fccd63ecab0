"""Sentences about settings, the database, the address and the backups of a station."""

from collections.abc import Mapping

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "part_not_installed": {
        "vi": 'Lệnh này chỉ có ở đài (máy này chưa cài {library}); cài thêm: pip install "loaban[station]".',
        "en": 'Only a station has this command ({library} is not installed here): pip install "loaban[station]".',
    },
    "bad_settings": {
        "vi": "Cấu hình có lỗi, hãy sửa các mục sau: {problems}.",
        "en": "Settings cannot be used; correct these: {problems}.",
    },
    "database_out_of_date": {
        "vi": "Cơ sở dữ liệu chưa được cập nhật; hãy chạy: loaban database upgrade.",
        "en": "The database is not up to date; run: loaban database upgrade.",
    },
    "database_unreachable": {
        "vi": "Cơ sở dữ liệu không trả lời ({reason}); hãy kiểm tra ổ đĩa hoặc máy chủ dữ liệu.",
        "en": "The database does not answer ({reason}); check the disk or the database server.",
    },
    "port_taken": {
        "vi": "Cổng {port} trên {host} đã có chương trình khác dùng; hãy tắt nó hoặc đặt cổng khác: LOABAN_PORT (trang), LOABAN_BROKER_PORT (máy chủ MQTT).",
        "en": "Another program listens on {host}:{port}; stop it or set another port: LOABAN_PORT (page), LOABAN_BROKER_PORT (MQTT broker).",
    },
    "address_refused": {
        "vi": "Máy không cho mở trang tại {host}:{port} ({reason}); hãy sửa LOABAN_HOST hoặc LOABAN_PORT.",
        "en": "The page cannot listen on {host}:{port} ({reason}); correct LOABAN_HOST or LOABAN_PORT.",
    },
    "backup_failed": {
        "vi": "Không sao lưu được vào {folder} ({reason}); hãy xem ổ đĩa đó rồi chạy lại loaban backup.",
        "en": "No backup could be written into {folder} ({reason}); look at that disk and run loaban backup again.",
    },
    "no_backup_folder": {
        "vi": "Chưa có thư mục sao lưu; hãy đặt LOABAN_BACKUP_FOLDER (nên là ổ đĩa khác) hoặc ghi tên thư mục.",
        "en": "No backup folder is set; set LOABAN_BACKUP_FOLDER (another disk is best) or name a folder.",
    },
}
