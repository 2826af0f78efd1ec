"""What the engines' set-up says when it cannot go on, in both languages."""

TEXTS = {
    "in_use": {
        "ja": "{folder} は{who}が使用中です。先にそちらを停止するか、"
        "ABM_STATE_DIR に別のフォルダーを指定してください。",
        "en": "{folder} is in use by {who}; stop that one first, or set ABM_STATE_DIR to another folder",
    },
    "process": {"ja": "プロセス {pid} ", "en": "process {pid}"},
    "leftover": {"ja": "終了したプロセスのデータベース", "en": "engines of a process that ended"},
    "not_writable": {
        "ja": "フォルダー {folder} に書き込めません ({detail})。書き込めるようにするか、"
        "ABM_STATE_DIR に別のフォルダーを指定してください。",
        "en": "the folder {folder} cannot be written ({detail}); make it writable, or set ABM_STATE_DIR to another one",
    },
    "disk_full": {
        "ja": "{folder} のディスクの空きが足りません (空き {free} MB、必要 {needed} MB)。空きを増やすか、"
        "ABM_STATE_DIR に別のディスクのフォルダーを指定してください。",
        "en": "the disk of {folder} is full: {free} MB free, {needed} MB needed;"
        " free some, or set ABM_STATE_DIR to a folder on another disk",
    },
    "engine_fell": {
        "ja": "{name} が終了しました (コード {status})。{pause:.1f} 秒後に再起動します。ログ: {log}",
        "en": "{name} ended with {status}; it is started again in {pause:.1f} s. Log: {log}",
    },
    "no_database": {
        "ja": "{folder} にデータベースを作れませんでした: {detail}",
        "en": "no database could be made in {folder}: {detail}",
    },
    "no_start": {
        "ja": "{folder} のデータベースが起動しません: {detail} (ログ: {log})",
        "en": "an engine does not start in {folder}: {detail} (log: {log})",
    },
    "unreachable": {
        "ja": "root で起動しましたが、ユーザー名前空間が使えないため PostgreSQL はユーザー {uid} として動きます。"
        "このユーザーは {folder} かプログラムに届きません。一般ユーザーで起動するか、"
        "ABM_STATE_DIR に誰でも入れる場所を指定してください。({detail})",
        "en": "as root without user namespaces PostgreSQL runs as user {uid}, who cannot reach it or its folder"
        " {folder}; run as an ordinary user, or set ABM_STATE_DIR to a folder others may enter ({detail})",
    },
    "no_valkey": {
        "ja": "この環境用の Valkey がありません。REDIS_URL にお使いのサーバーを指定してください。",
        "en": "there is no Valkey server for this machine; set REDIS_URL to one of your own",
    },
    "no_package": {
        "ja": "{name} が入っていません。DATABASE_URL と REDIS_URL にお使いのサーバーを指定してください。",
        "en": "{name} is not installed; set DATABASE_URL and REDIS_URL to servers of your own",
    },
    "postgres_down": {
        "ja": "PostgreSQL に接続できません。起動しているか、DATABASE_URL が正しいかを確認してください。({detail})",
        "en": "PostgreSQL does not answer; check that it runs and that DATABASE_URL is right ({detail})",
    },
    "postgres_old": {
        "ja": "PostgreSQL {detail} は古すぎます。{floor} 以降にするか、"
        "DATABASE_URL を外して内蔵のものを使ってください。",
        "en": "PostgreSQL {detail} is too old; use {floor} or newer, or leave DATABASE_URL empty for the embedded one",
    },
    "valkey_down": {
        "ja": "Valkey に接続できません。起動しているか、REDIS_URL が正しいかを確認してください。({detail})",
        "en": "Valkey does not answer; check that it runs and that REDIS_URL is right ({detail})",
    },
    "valkey_evicts": {
        "ja": "Valkey の maxmemory-policy が {detail} のため、キューの中身が消えるおそれがあります。"
        "「CONFIG SET maxmemory-policy noeviction」を実行し、設定ファイルも直してください。",
        "en": "Valkey's maxmemory-policy is {detail}, so queued work can vanish;"
        " run CONFIG SET maxmemory-policy noeviction and set it in its configuration file",
    },
    "valkey_closed": {
        "ja": "Valkey の設定を読めません。このユーザーに「CONFIG GET」を許可してください。({detail})",
        "en": "Valkey does not let us read its configuration; allow this user CONFIG GET ({detail})",
    },
}


def word(language: str, text: str, **values: object) -> str:
    """One of these texts in a language."""
    return TEXTS[text][language].format(**values)
