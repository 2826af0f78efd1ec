"""What each finding of the domain check says, and the one thing to do next."""

from abm.words import Language
from campaigns.domain.facts import Finding

# Code → language → what was found, and what to do; nothing is to be done where all is well.
TEXTS: dict[str, dict[str, tuple[str, str]]] = {
    "spf_unasked": {
        "ja": ("{name} を DNS で確認できませんでした", "しばらくしてからもう一度確認してください"),
        "en": ("{name} could not be asked about in the DNS", "Try again after a while"),
    },
    "spf_missing": {
        "ja": (
            "{domain} に SPF レコードがなく、{host} からの送信が許可されていません",
            "次のレコードを追加してください",
        ),
        "en": ("{domain} has no SPF record, so nothing lets {host} send", "Add this record"),
    },
    "spf_several": {
        "ja": ("{domain} に SPF レコードが {count} 件あり、すべて無効になります", "1 件にまとめてください"),
        "en": ("{domain} has {count} SPF records, so none of them counts", "Make one of them"),
    },
    "spf_too_many_lookups": {
        "ja": (
            "{domain} の SPF の DNS 参照が {count} 回あり、上限の {most} 回を超えています",
            "使っていない include を削除するか、ip4 / ip6 に置き換えてください",
        ),
        "en": (
            "The SPF record of {domain} looks up {count} names; receivers stop after {most}",
            "Take out what you no longer use, or put ip4 and ip6 in its place",
        ),
    },
    "spf_broken": {
        "ja": (
            "{domain} の SPF が参照する {name} に SPF レコードがありません",
            "{name} の参照を削除または修正してください",
        ),
        "en": ("The SPF record of {domain} includes {name}, which has none", "Take {name} out, or mend it"),
    },
    "spf_unreadable": {
        "ja": ("{domain} の SPF の「{term}」を読み取れません", "「{term}」を修正してください"),
        "en": ("The SPF record of {domain} holds “{term}”, which cannot be read", "Mend “{term}”"),
    },
    "spf_lets_everybody": {
        "ja": ("{domain} の SPF が +all で終わり、誰でも送信できます", "次のレコードに置き換えてください"),
        "en": ("The SPF record of {domain} ends with +all: everybody may send", "Put this in its place"),
    },
    "spf_open_end": {
        "ja": ("{domain} の SPF に、他のサーバーからの送信を拒む終端がありません", "次のレコードに置き換えてください"),
        "en": ("The SPF record of {domain} says nothing of all other hosts", "Put this in its place"),
    },
    "spf_not_us": {
        "ja": (
            "{domain} の SPF で {host} からの送信が許可されていません",
            "次のレコードに置き換えてください。別のアドレスから送信する場合は ABM_SENDING_HOSTS に設定します",
        ),
        "en": (
            "The SPF record of {domain} does not let {host} send",
            "Put this in its place; if mails leave from other addresses, set ABM_SENDING_HOSTS to these",
        ),
    },
    "spf_host_unknown": {
        "ja": (
            "{host} から先、どのアドレスで送信されるかがわかりません",
            "送信に使う公開アドレスを ABM_SENDING_HOSTS に設定してください",
        ),
        "en": (
            "Nothing tells from which addresses mails leave behind {host}",
            "Set ABM_SENDING_HOSTS to the public addresses that send",
        ),
    },
    "spf_of_service": {
        "ja": ("戻り先は配信サービスのドメインで、SPF もサービスが管理します", ""),
        "en": ("The service sends with a return path of its own and keeps its SPF record", ""),
    },
    "spf_well": {
        "ja": ("{domain} の SPF は正しく設定されています (DNS 参照 {count} 回)", ""),
        "en": ("The SPF record of {domain} is well ({count} look-ups)", ""),
    },
    "dkim_no_selector": {
        "ja": (
            "署名に使うセレクターがわからないため、DKIM を確認できません",
            "届いたメールの DKIM-Signature にある s= の値を ABM_DKIM_SELECTOR に設定してください",
        ),
        "en": (
            "DKIM cannot be looked at: the selector that signs is not known",
            "Set ABM_DKIM_SELECTOR to the s= in the DKIM-Signature of a mail that arrived",
        ),
    },
    "dkim_unasked": {
        "ja": ("{name} を DNS で確認できませんでした", "しばらくしてからもう一度確認してください"),
        "en": ("{name} could not be asked about in the DNS", "Try again after a while"),
    },
    "dkim_missing": {
        "ja": ("{name} に DKIM の公開鍵がありません", "次のレコードを追加してください"),
        "en": ("There is no DKIM key at {name}", "Add this record"),
    },
    "dkim_missing_there": {
        "ja": (
            "{name} に DKIM の公開鍵がありません",
            "メールサーバーまたは配信サービスの管理画面に表示されるレコードを追加してください",
        ),
        "en": ("There is no DKIM key at {name}", "Add the record that your mail server or service shows for it"),
    },
    "dkim_several": {
        "ja": ("{name} に DKIM の公開鍵が複数あります", "署名に使う鍵だけを残してください"),
        "en": ("There are several DKIM keys at {name}", "Leave only the one that signs"),
    },
    "dkim_revoked": {
        "ja": ("{name} の DKIM 鍵は失効しています (p= が空)", "新しい鍵を設定してください"),
        "en": ("The DKIM key at {name} was withdrawn (p= is empty)", "Put a new key there"),
    },
    "dkim_differs": {
        "ja": ("{name} の公開鍵が、署名に使う秘密鍵と一致しません", "次のレコードに置き換えてください"),
        "en": ("The key at {name} is not the one we sign with", "Put this in its place"),
    },
    "dkim_unreadable": {
        "ja": ("{name} の DKIM 鍵を読み取れません", "レコードを登録し直してください"),
        "en": ("The DKIM key at {name} cannot be read", "Enter the record anew"),
    },
    "dkim_short": {
        "ja": ("{name} の RSA 鍵が {bits} ビットです", "2048 ビットの鍵に替えてください"),
        "en": ("The RSA key at {name} has {bits} bits", "Replace it by one of 2048 bits"),
    },
    "dkim_testing": {
        "ja": ("{name} の DKIM がテスト中 (t=y) のままです", "レコードから t=y を削除してください"),
        "en": ("The DKIM key at {name} is marked as a test (t=y)", "Take t=y out of the record"),
    },
    "dkim_well": {
        "ja": ("{name} の DKIM 鍵 ({algorithm}) は正しく設定されています", ""),
        "en": ("The DKIM key at {name} ({algorithm}) is well", ""),
    },
    "dmarc_unasked": {
        "ja": ("{name} を DNS で確認できませんでした", "しばらくしてからもう一度確認してください"),
        "en": ("{name} could not be asked about in the DNS", "Try again after a while"),
    },
    "dmarc_missing": {
        "ja": (
            "{domain} に DMARC レコードがありません",
            "次のレコードを追加してください (まず p=none で報告を集めます)",
        ),
        "en": ("{domain} has no DMARC record", "Add this record; p=none gathers reports first"),
    },
    "dmarc_several": {
        "ja": ("{domain} の DMARC レコードが {count} 件あり、すべて無効になります", "1 件だけ残してください"),
        "en": ("{domain} has {count} DMARC records, so none of them counts", "Leave one of them"),
    },
    "dmarc_unreadable": {
        "ja": (
            "{domain} の DMARC レコードに有効な p= がありません",
            "p=none、quarantine、reject のいずれかを設定してください",
        ),
        "en": ("The DMARC record of {domain} has no valid p=", "Set it to none, quarantine or reject"),
    },
    "dmarc_none": {
        "ja": (
            "{domain} の DMARC は p=none で、なりすましを防ぎません",
            "報告で自社のメールがすべて合格するようになったら p=quarantine に変更してください",
        ),
        "en": (
            "The DMARC policy of {domain} is none: it keeps nobody from using your name",
            "Once its reports show that all your own mail passes, set p=quarantine",
        ),
    },
    "dmarc_not_aligned": {
        "ja": (
            "署名のドメイン {signing} も戻り先のドメイン {returning} も、差出人の {domain} と一致しません",
            "差出人のドメインで署名するか、戻り先をそのサブドメインにしてください",
        ),
        "en": (
            "Neither the signing domain {signing} nor the return path's {returning} is that of the sender, {domain}",
            "Sign with the sender's domain, or let mails come back to a domain below it",
        ),
    },
    "dmarc_unknown": {
        "ja": (
            "差出人の {domain} と署名のドメインが一致するかどうかがわかりません",
            "ABM_DKIM_SELECTOR と ABM_DKIM_DOMAIN に、署名に使うセレクターとドメインを設定してください",
        ),
        "en": (
            "Whether the domain that signs is that of the sender, {domain}, is not known",
            "Set ABM_DKIM_SELECTOR and ABM_DKIM_DOMAIN to what signs your mails",
        ),
    },
    "dmarc_by_path_only": {
        "ja": (
            "DMARC は戻り先のドメインだけで合格します。転送されたメールは不合格になります",
            "差出人の {domain} で DKIM 署名してください",
        ),
        "en": (
            "DMARC passes by the return path alone, so forwarded mails fail",
            "Sign with DKIM as {domain}, the sender's domain",
        ),
    },
    "dmarc_by_key_only": {
        "ja": (
            "DMARC は DKIM だけで合格します。戻り先のドメインは差出人の {domain} と一致しません",
            "戻り先を差出人のドメインのサブドメインにすると、どちらでも合格します",
        ),
        "en": (
            "DMARC passes by DKIM alone: the return path's domain is not that of the sender, {domain}",
            "Let mails come back to a domain below it, then both pass",
        ),
    },
    "dmarc_well": {
        "ja": ("{domain} の DMARC は正しく設定されています (p={policy})", ""),
        "en": ("The DMARC record of {domain} is well (p={policy})", ""),
    },
    "stop_here": {
        "ja": (
            "配信停止のリンクが {url} を指すため、受信者は開けません",
            "ABM_BASE_URL に受信者が開ける https のアドレスを設定してください",
        ),
        "en": (
            "The stop link leads to {url}, which recipients cannot open",
            "Set ABM_BASE_URL to an https address they can",
        ),
    },
    "stop_plain": {
        "ja": (
            "配信停止のリンク {url} が https でないため、ワンクリック配信停止が働きません",
            "ABM_BASE_URL に https のアドレスを設定してください",
        ),
        "en": ("The stop link {url} is not https, so one-click unsubscribe does not work", "Set ABM_BASE_URL to https"),
    },
    "stop_unasked": {
        "ja": ("{host} を DNS で確認できませんでした", "しばらくしてからもう一度確認してください"),
        "en": ("{host} could not be asked about in the DNS", "Try again after a while"),
    },
    "stop_unknown": {
        "ja": (
            "配信停止のリンクの {host} に、DNS のアドレスがありません",
            "{host} の A または AAAA レコードを追加してください",
        ),
        "en": ("{host}, where the stop link leads, has no address in the DNS", "Add an A or AAAA record for {host}"),
    },
    "stop_private": {
        "ja": (
            "{host} は社内ネットワークのアドレスのため、社外の受信者は配信を停止できません",
            "社外から開けるアドレスを ABM_BASE_URL に設定してください",
        ),
        "en": (
            "{host} has an address of a private network: outside it nobody can stop mails",
            "Set ABM_BASE_URL to what is reached from outside",
        ),
    },
    "stop_well": {
        "ja": ("配信停止のリンク {host} は受信者から開けます", ""),
        "en": ("The stop link's {host} can be reached, encrypted", ""),
    },
    "mx_unasked": {
        "ja": ("{domain} の MX を DNS で確認できませんでした", "しばらくしてからもう一度確認してください"),
        "en": ("The mail servers of {domain} could not be asked about in the DNS", "Try again after a while"),
    },
    "mx_missing": {
        "ja": (
            "{domain} に MX レコードがなく、戻ってくるメールを受け取れません",
            "メールを受け取るサーバーの MX レコードを追加してください (例)",
        ),
        "en": (
            "{domain} has no mail server, so nobody takes what comes back",
            "Add an MX record with the host that takes mails, for example",
        ),
    },
    "mx_refuses": {
        "ja": (
            "{domain} はメールを受け取らないと宣言しています (null MX)",
            "受け取るサーバーの MX レコードに替えてください",
        ),
        "en": ("{domain} says that it takes no mail (null MX)", "Replace it by the host that does"),
    },
    "mx_well": {
        "ja": ("{domain} に戻ってくるメールは {host} が受け取ります", ""),
        "en": ("What comes back to {domain} is taken by {host}", ""),
    },
}


def said(finding: Finding, language: Language | str) -> tuple[str, str]:
    """What a finding says, and what to do next."""
    message, remedy = TEXTS[finding.code][language]
    return message.format(**finding.values), remedy.format(**finding.values)
