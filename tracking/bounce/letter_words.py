"""What reports for people say of themselves: that a mail failed, waits, or stands quoted below.

Lower case, compared with texts in lower case; plain search, for the same reason as in `words`.
"""

from tracking.bounce.phrases import phrases_of


def any_in(phrases: tuple[str, ...], text: str) -> bool:
    """Whether one of them stands in a text, already in lower case."""
    return any(phrase in text for phrase in phrases)


# Subjects of reports.
SUBJECTS = phrases_of(
    """
    failure notice / returned mail / undeliver / not deliver / notdeliver / delivery status / delivery fail
    delivery problem / delivery error / delivery has failed / delivery incomplete / delivery notification
    delivery report / delivery delayed / delivery delay / delivery unsuccessful / error during delivery
    failure delivery / failure to deliver / failed to deliver / failed delivery / failed mail
    failed: deliver / mail delivery / mail failure / mail error / mail system error / mail status
    message status / message delivery / message delayed / message undeliver / message blocked
    message frozen / non-deliver / nondeliver / non deliver / cannot be delivered / could not be delivered
    could not deliver / could not be sent / could not send / couldn't be delivered / automatically rejected
    unable to deliver / returned to sender / return to sender / returned message / user unknown
    unknown user / bounced / warning: message / warning: could not / warning: mail / warning: email
    error sending / processing error / address not found / unzustellbar / nicht zustell / zustellung
    fehlgeschlagen / non remis / échec de / echec de / impossible de remettre / non distribu / no se puede
    no se pudo / no se ha podido / no entregado / correo devuelto / mancata consegna / mancato recapito
    impossibile recapitare / non recapitabil / não entregue / nao entregue / falha na / falha de / falha ao
    onbestelbaar / niet bezorgd / olevererbart / kunne ikke / не доставлен / недоставл / ошибка доставки
    nie dostarcz / 配信不能 / 配信でき / 配信エラー / 配送エラー / 配送失敗 / 配信失敗 / 送信エラー
    送信失敗 / 送信でき / 送信不能 / メールエラー / エラーメール / エラー通知 / 不達 / 未達 / 未配信
    未送信 / 宛先不明 / あて先不明 / 戻りメール / 届けできません / 届きません / 退信 / 投递 / 无法送达
    傳送失敗 / 반송
    """
)

# What every report of a failure says somehow.
FAILED = phrases_of(
    """
    not deliver / not be deliver / not been deliver / n't deliver / n't be deliver / not able / unable to
    undeliver / failed / failure / not reach / returned / could not / couldn't / cannot / can't / can not
    reject / refused / bounce / permanent / error / problem / not be sent / not sent / not accept
    not be accept / wasn't / was not / does not / not taken / unavailable / unknown / no such / invalid
    nicht zugestellt / nicht zustell / unzustellbar / konnte nicht / n'a pas / impossible / no se pudo
    no ha podido / non è stato / não foi / не может / не удалось / доставлен / kan niet / できませんでした
    できません / 不能 / エラー / 失敗 / 届きません / 返送 / 不明 / 退回 / 无法 / 失败
    """
)

# What nobody else writes who sends a mail without a return path.
SURELY_FAILED = phrases_of(
    """
    could not be delivered / couldn't be delivered / cannot be delivered / was not delivered
    wasn't delivered / unable to deliver / undeliverable / did not reach the following
    送信できませんでした / 配信できませんでした / お届けできませんでした / 配達できませんでした
    """
)

# A delay, whatever the report threatens with for later.
SURELY_DELAYED = phrases_of(
    """
    warning message only / this is a warning / only a warning / no action is required on your part
    do not need to resend / do not need to re-send / don't need to resend / do not resend
    delivery attempts will continue / not yet been delivered / not been delivered yet / warning: message
    warning: mail / warning: could not / delivery status notification (delay / 再送信の必要は / 再送信は必要
    再送の必要は / has been postponed / continue to try to deliver / advisory-only
    """
)

# A delay, unless the report also says that it is over.
DELAYED = phrases_of(
    """
    will continue / will keep / will be retried / will retry / will try / will attempt / still being
    still trying / has been delayed / has been temporarily delayed / delivery delayed
    delivery has been delayed / temporarily delayed / temporarily undeliverable / being retried
    delivery incomplete / keep trying / delay reason / werden fortgesetzt / weitere zustellversuch
    weitere versuch / sera retent / seguirá intentando / попытки / 再送信を試み / 再送を試み / 遅延 / 遅れて
    引き続き
    """
)
GAVE_UP = phrases_of(
    """
    permanent / giving up / gave up / will not be retried / will not be tried / fatal error
    returned to you / being returned / been returned / no further / delivery has failed / undeliverable
    exceeded the maximum / not going to try
    """
)

# How the line begins behind which the original mail is quoted, its dashes and signs taken off.
QUOTING = phrases_of(
    """
    below this line is a copy / below the next line is a copy / this is a copy of / the body of the message
    original message / start of returned message / start of the returned message / returned message
    returned mail / unsent message / message header / original mail / non-delivered message / the header
    the text of the / your message follows / your original message follows / your message reads
    copy of the / copy of your / en-têtes de message / en-tetes de message / ursprüngliche nachricht
    ursprüngliche nachrichtenkopfzeilen / mensaje original / messaggio originale / message follows
    here is a copy / included below / header of the original / headers of the original / headers of original
    header of the source mail / old message / 元のメッセージ / 元のメール / 以下は元のメッセージ
    """
)
# The first fields of a mail that is quoted without any such line.
FIRST_FIELDS = ("received:", "return-path:", "dkim-signature:", "x-received:", "arc-seal:")
QUOTE_SIGNS = "-=*_>#+ \t"
