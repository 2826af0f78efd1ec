"""The words of refusals in Japanese and Chinese, as `words` holds those of other languages."""

from abm.words import BounceReason
from tracking.bounce.phrases import HARD, SOFT, group_of

# Searched for with all spaces taken out.
GROUPS_EAST = (
    group_of(
        BounceReason.MAILBOX_FULL,
        SOFT,
        """
        メールボックスが一杯 / メールボックスがいっぱい / メールボックスの容量 / メールボックス容量
        メールボックスは満杯 / メールボックスが満杯 / メールボックスの空き / 受信トレイがいっぱい
        受信箱がいっぱい / 容量を超え / 容量超過 / 容量オーバー / 容量制限 / 容量不足 / クォータ / 保存容量
        受信者の記憶域 / 空き容量 / 邮箱已满 / 邮箱空间不足
        """,
    ),
    group_of(
        BounceReason.BLOCKED_SPAM,
        SOFT,
        """
        迷惑メールと判 / スパムと判 / スパムとして / ブラックリスト / 迷惑メールとして / 垃圾邮件
        """,
    ),
    group_of(
        BounceReason.BLOCKED_POLICY,
        SOFT,
        """
        受信拒否 / 受信を拒否 / 拒否設定 / ポリシー / 権限がありません / 許可されていません / 許可されていない
        アクセス許可 / 制限されて / ブロックされ
        """,
    ),
    group_of(
        BounceReason.RATE_LIMITED,
        SOFT,
        """
        送信数の上限 / 送信制限
        """,
    ),
    group_of(
        BounceReason.TOO_LARGE,
        SOFT,
        """
        サイズが大きすぎ / サイズを超え / サイズ制限 / サイズの制限 / 大きすぎるため / 最大サイズ
        """,
    ),
    group_of(
        BounceReason.MAILBOX_DISABLED,
        SOFT,
        """
        一時的に利用 / 一時停止 / 利用停止 / 休止
        """,
    ),
    group_of(
        BounceReason.MOVED,
        HARD,
        """
        退職 / メールアドレスが変更 / アドレスを変更
        """,
    ),
    group_of(
        BounceReason.NO_SUCH_HOST,
        HARD,
        """
        ドメインが見つかりません / ドメインが存在しません / ドメイン名が見つかり / ドメイン名が存在し
        ホストが見つかりません / 宛先ドメインが / 域名不存在
        """,
    ),
    group_of(
        BounceReason.NO_SUCH_USER,
        HARD,
        """
        見つかりませんでした / 見つかりません / 見つけられません / 見つからない / 存在しません / 存在しない
        存在致しません / 存在いたしません / ユーザーが不明 / ユーザが不明 / 宛先不明 / 宛先が不明 / あて先不明
        あて先が不明 / 宛先が正しくあり / アドレスが正しくあり / アドレスが間違 / アドレスに誤り / アドレスが誤
        アドレス間違 / 無効なアドレス / アドレスが無効 / アドレスは無効 / アドレスは使われて
        アドレスは現在使われて / 現在使用されて / 現在使われて / 現在ご利用 / 使用されておりません
        使用されていません / 登録されていません / 登録されておりません / 廃止 / 該当するユーザ / 該当ユーザ
        リストにありません / 用户不存在 / 收件人不存在 / 地址不存在 / 邮箱不存在 / 不存在
        """,
    ),
    group_of(
        BounceReason.CONTENT,
        SOFT,
        """
        ウイルス / ウィルス / 添付ファイル
        """,
    ),
    group_of(
        BounceReason.CONNECTION,
        SOFT,
        """
        タイムアウト / 接続できません / 接続に失敗 / 応答しません / 応答がありません / 応答していません
        時間内に / 期限切れ / 期限が切れ
        """,
    ),
)
