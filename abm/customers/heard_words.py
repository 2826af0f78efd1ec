"""The words by which a note says something: what is wanted, what stood in the way, what comes next."""

import re

from abm.words import LostReason

# --- wants: group `what` is what is spoken of, the text behind it says whether it is affirmed ---
INTEREST = (
    re.compile(
        r"(?P<what>[^、。]*?)(?:に対して|に関して|について|への|には|にも|に|へ|が|は|も)?"
        r"(?:強く|強い|高い|多大な|とても|非常に|大変|かなり|少し|若干|大いに|やや)?の?(?:ご)?(?:興味|関心)"
    ),
    re.compile(
        r"(?P<what>[^、。]*?)(?:が|を)(?:とても|非常に|かなり|少し)?気にな(?=って|る(?:様子|とのこと|よう"
        r"|[」』]|$)|りま)"
    ),
)
# Behind 興味 or 関心: that it is there.
AFFIRMED = re.compile(
    r"(?:は|が|も|を|の|度|度は|度が)*(?:ある|あり|有|お?持(?!た)|示し|示さ(?!ず|な)|津々|高|強|大き|深"
    r"|いただ|頂|抱|寄せ|とのこと|出て|向い|$)"
)
DENIED = re.compile(
    r"(?:は|が|も|を|の)?(?:特に|あまり|全く|まったく|それほど|さほど|そこまで)*"
    r"(?:な[いくしかさ]|無|薄|低|示さ[なず]|持た|持って(?:い)?な|持てな|失|ゼロ|ありませ|見せ[なず]"
    r"|感じられな|ある(?:わけ|と).*な[いく]|あると?は言)"
)
# Not said, but wondered about, hoped for, or a word of something else.
UNSURE = re.compile(
    r"[るい]か(?!な|り|ら)|あれば|有れば|あるなら|あるようなら|次第|か(?:どうか|否か|を?確認|不明|も"
    r"|ヒアリング|聞|要)|有無|ありそう|なさそう|持って(?:もら|いただけ)"
    r"|持てば|持たせ|を?引[くきけ]|喚起|事$"
)
CONSIDERS = re.compile(
    r"(?P<what>[^、。]*?)(?:を|の)?(?:前向きに|本格的に|社内で|具体的に)?(?:の)?(?P<act>(?:新規"
    r"|本格)?(?:導入|採用|購入|利用|活用|更新|入れ?替え?|切り?替え?|刷新)?(?:を|も|の)?(?:前向きに"
    r"|本格的に|具体的に|社内で)?検討)"
    r"(?=中|して|したい|してい|を?開始|を?始め|段階|予定|され|とのこと|したく|$)"
)
RIVALS = re.compile(r"他社|競合|別会社|他ベンダー|別ベンダー|内製|(?i:\bcompetitor)")
CONSIDERS_NOT = re.compile(
    r"次第|検討(?:は|も|を|の)?(?:し(?:な|て(?:い|お)?(?:な|ら[ずな]))|せず|外|対象外|中止|見送|余地(?:は"
    r"|が)?な|な[しい]|しません|やめ|打ち切|終了|するか)"
)
# 導入したい alone says no more than the time beside it.
BARE_WISH = re.compile(r"(?:導入|検討|採用|購入|利用|契約|更新|相談|お話|話)(?:を|も)?")
PROBLEM = (
    re.compile(
        r"(?P<what>[^、。]{1,60}?)(?:に|で|が|は|も|の)(?:大変|非常に|とても|かなり|相当|ずっと)?"
        r"(?:お?困って|お?困り|悩んで|悩み|お悩み|苦労|苦慮|苦戦|頭を痛め|手を焼|追われ|課題|ネック|負担|問題"
        r"|不満|大変|逼迫|煩雑|手間|限界|不安|心配)"
    ),
    re.compile(
        r"(?P<what>[^、。]{1,60}?)(?:に|が|まで|も|は)(?:手が回ら|手が足り|追い?つか|間に合わ"
        r"|間に合って(?:い)?|うまくいか|うまくいって(?:い)?)(?:な|ず)"
    ),
    re.compile(
        r"(?P<what>(?:[^、。\s]{0,20})(?:人手|人員|人材|要員|リソース|スキル|容量|在庫|工数|担い手|マンパワー)不足)"
    ),
)
PROBLEM_IS = re.compile(
    r"(?:課題|問題点?|お?悩み|困りごと|お?困り事|懸念点?|ボトルネック|ネック)(?:として)?(?:は|:"
    r"|=)\s*(?P<what>[^、。]{2,60})"
)
NO_PROBLEM = re.compile(
    r"(?:い?る)?(?:こと|点|もの|様子)(?:は|も|が)?(?:特に)?(?:な|無|ありませ)|(?:は|が|も|に|で"
    r"|と)?(?:特に)?(?:な[いくし]|無[いくし]|ありませ|では?な|じゃな|解[決消]|なさそう|して(?:い)?な"
    r"|ておらず|せず|って(?:は)?(?:い)?な|ってお(?:ら[ずな])|感じて(?:い)?な|なら(?:な|ず)|意識|に?取り?組"
    r"|管理|提起|把握|なく)"
)
NEED = (
    re.compile(
        r"(?P<what>[^、。]{1,60}?)(?:が|を|は|の|も)?(?:至急|早急に|早めに|強く)?(?:ご)?"
        r"(?:必要|欲しい|ほしい|要望|希望|求め(?:て|ら)|探して|お探し|所望|要求)"
    ),
    re.compile(
        r"(?P<what>[^、。]{2,60}?)(?P<wish>[いきしちにみりえけせてねめれげべ見]たい)"
        r"(?=とのこと|との|とお|と言|と話|そう|らしい|意向|由$)"
    ),
)
NO_NEED = re.compile(
    r"(?:性)?(?:は|が|も|を|と)?(?:特に|あまり|全く|まったく)?(?:な[いくし]|無[いくし]|ありませ|せず|しな"
    r"|して(?:い)?な|しておら|れな|に応じ|なら|であれば|あれば|があれば|次第|ではな|じゃな|かどうか|か確認"
    r"|か不明|性|最低限|条件|書類|価格|に駆ら)"
)
# A rep's own wish is no need of the customer.
OURS = re.compile(r"(?:提案|訪問|連絡|フォロー|電話|アプローチ|確認|ヒアリング|説明|案内|アポ|同行|挽回|受注|獲得)")
# Behind words of needs that stand in the way of reading them: 必要書類, 希望小売価格.
COMPOUND = re.compile(r"(?:書類|事項|条件|小売|退職|者|人数|数|項目|経費|最低限)")

# --- times that are the customer's own ---
HORIZON = re.compile(
    r"導入|検討|満了|予算|稟議|決裁|発注|更新|リプレ[イー]?ス|刷新|入れ?替え?|切り?替え?|採用|購入|契約|本番"
    r"|稼働|リリース|移行|選定"
    r"|判断|結論|方針|着手|開始|スタート|立ち?上げ|展開|投資|増設|増員|移転|開設"
    r"|(?i:\b(?:introduc\w*|implement\w*|budget\w*|decid\w*|decision|buy|purchas\w*|order|replac\w*"
    r"|renew\w*|roll(?:ing)?[ -]?out"
    r"|go(?:es)? live|migrat\w*|evaluat\w*|consider\w*|start|adopt\w*|invest\w*)\b)"
)
NO_HORIZON = re.compile(
    r"(?:導入|検討|予算|予定|更新|採用|購入|契約|計画|投資|移行|開始|発注)(?:の)?(?:予定|計画"
    r"|見込み?)?(?:は|も|が|を|し)?(?:な[いくし]|無[いくし]|ありませ|せず|しな|し?て(?:い)?な|見送|中止"
    r"|未定|済|した(?!い)|完了|しました|延期|凍結|されない|できな)"
    r"|未定|見送|計上(?:は|を)?(?:しな|せず)|(?i:\b(?:not|no|won't|never|cancel\w*|undecided)\b)"
)

# --- what we do next ---
AGAIN = re.compile(
    r"再(?:度|び)?(?:ご)?(?:アプローチ|提案|打診|始動|チャレンジ|開拓|挑戦|掘り起こし)|掘り起こし|改めて"
    r"|あらためて|仕切り?直し|リマインド"
    r"|(?i:\b(?:re-?approach|try again|get back|reach out again|check (?:back|in) again|come back|again|remind)\b)"
)
ACT = re.compile(
    r"再?訪問?|再訪|来訪|来社|お?電話|架電|TEL|コール|メール|連絡|返信|返答|回答|お?見積(?:り|もり|書)?"
    r"|提案|説明|デモ|打ち?合わ?せ|商談|面談"
    r"|ミーティング|MTG|会議|送付|送る|提出|確認|フォロー|アポ|資料|持参|準備|ヒアリング|紹介|同行|会食"
    r"|案内|伺|アプローチ|声を?[か掛]け"
    r"|納品|面会|ご?挨拶|相談|共有|訪"
    r"|(?i:\b(?:call|visit|meet|meeting|demo|send|quote|quotation|proposal|propose|follow[ -]?up|e-?mail"
    r"|mail|present|contact|approach"
    r"|check in|submit|deliver|prepare|schedule|show|explain|discuss|appointment|phone|ring)\b)"
)
NO_ACT = re.compile(
    r"不要|無用|なし$|無し$|でき[なず]|しない|せず|中止|キャンセル|流れ|NG|断られ|断り|不在|禁止|控え|済"
    r"|しました|(?:した|った|いた)(?:が|ところ|$)|完了"
    r"|実施(?!予定)|予定(?:は)?な|未定|社内(?:で|に|の|会議|打|MTG|ミ|検討|確認|調整|共有)|先方(?:内|社内"
    r"|で|が|から|より)|役員会|来(?:られ|てい)"
    r"|いただ(?:い|き)た|頂いた|あり$|あった|くださ|もらった|展示会|であれば|あれば|ようなら"
    r"|(?i:\b(?:no need|not|don't|do not|cancel\w*|had|was|were|did|sent|called|visited|met|asked|last|no"
    r"|might|may|could|if)\b)"
)
NEXT = re.compile(
    r"次回(?:は|に|の|:|、|アクション|訪問時|打合せ)*(?:は|に|:)?|次は|次のアクション(?:は|:)?"
    r"|ネクスト(?:アクション)?(?:は|:)?|(?i:\b(?:NA|TODO|next(?: step| action| time)?)\s*[:：])|宿題(?:は"
    r"|:|として)?"
    r"|(?i:\bnext time\b,?)"
)
# Words around what is to be done that say nothing of it.
WISHED = re.compile(
    r"(?:を|の|する)?(?:ご)?(?:希望|要望|予定|すること|します|する|したい|お願い|との?こと|約束|必要"
    r"|ほしい|欲しい|求められ(?:る|た)?|依頼|の方向|にて調整|で調整中?)+(?:との?こと|です|あり|された"
    r"|される|している?)*$"
)

# --- why nothing came of it ---
LOSS = re.compile(
    r"見送(?:り|る|った|られ|とな|と(?:の|なる))|失注|不採用|断念|敗退|白紙|頓挫|破談|お断り|断られ|断わられ|断った"
    r"|(?i:\b(?:lost(?! interest| contact| touch)|declin\w+|turned (?:us |it |this )?down|passed on"
    r"|rejected|decided against|dropped (?:us|out|the project)|no deal|did ?n[o']t buy|not going ahead)\b)"
)
NO_LOSS = re.compile(
    r"(?:見送り?|失注|断念|不採用|白紙|お断り)(?:[はをもにと]|という)*(?:(?:わけ)?では?な|じゃな"
    r"|ではありませ|せず|しな|らず|らな|回避|撤回|防|なら[なず]|にはなって(?:い)?な|にな[るり]?かも|かも"
    r"|(?:の|する)?可能性|懸念|リスク|そう|しそう|れば|たら|とは|ることな|ないよう|避け|検討|阻止)"
    r"|(?:のを|ことを)見送|他社.{0,12}を見送|(?i:\b(?:not|never|n't|might|may|could|if"
    r"|risk)\b[^,.;]{0,20}\b(?:lost|declin\w*|turned|passed|rejected|dropped))"
)
WHY_LOST = re.compile(r"(?:見送り|失注|不採用|お?断り)(?:の)?(?:理由|要因|原因|決め手)(?:は|が|として|:)?")
# A reason that says by itself that nothing came of it.
FINAL: tuple[tuple[re.Pattern[str], LostReason], ...] = (
    (
        re.compile(
            r"予算(?:が|は|も|を)?(?:今期|今年度|今回)?(?:は|も|が)?(?:つか[ずな]|付か[ずな]|取れ[ずな]|とれ[ずな]"
            r"|下り[ずな]|降り[ずな]|おり[ずな]|確保でき[ずな]|なし$|無し$|がなく|凍結)"
            r"|(?i:\b(?:no budget|budget (?:was |is |got )?(?:cut|frozen|refused|not approved))\b)"
        ),
        LostReason.BUDGET,
    ),
    (
        re.compile(
            r"(?:他社|競合|他ベンダー|別会社|別ベンダー)(?:さん|製品|サービス|品|様)?(?:を|に|が|で|へ|の)?(?:採用"
            r"|決定|決ま|決め|に?決|選定|選ばれ|選ん|契約|発注|導入(?:に?決|決定|$|した|となっ)|流れ|乗り?換え|敗"
            r"|負け)"
            r"|(?i:\b(?:went with|chose|chosen|signed with|picked)\b(?! us\b))"
        ),
        LostReason.COMPETITOR,
    ),
    (re.compile(r"時期尚早|(?i:\btoo early\b)"), LostReason.TIMING),
    (
        re.compile(
            r"機能不足(?:のため|により|で|が原因|$)|機能が足り[ずな]|(?i:\b(?:missing (?:feature|function)s?"
            r"|lacks? (?:a |the )?(?:feature|function)s?)\b)"
        ),
        LostReason.FUNCTION,
    ),
    (
        re.compile(
            r"内製(?:化)?(?:で対応|で進め|で賄|することに|する方針|する予定|する$|に決|を選|を決|の方針|とのこと"
            r"|となっ|となる|予定|方針|対応|へ?切り?替え|$)"
            r"|自社(?:で|にて)?(?:開発|構築|対応)(?:することに|する方針|に決|となっ|とのこと|$)"
            r"|(?i:\b(?:build\w* (?:it |this )?in[ -]?house|built in[ -]?house|doing it in[ -]?house)\b)"
        ),
        LostReason.IN_HOUSE,
    ),
    (
        re.compile(r"音信不通|自然消滅|(?i:\b(?:went silent|gone silent|stopped answering|no longer answers)\b)"),
        LostReason.SILENCE,
    ),
)
NOT_FINAL = re.compile(
    r"(?:つか|付か|取れ|下り|降り)?(?:ない|なく|ず)?(?:わけ|こと)では?な|ではな|じゃな|かも|可能性|懸念"
    r"|おそれ|恐れ|しな[いく]|せず|れば|たら|なら$|なら(?:ば|な)|な[いか]よう|を?回避|見送|検討(?!の結果"
    r"|した)|比較|場合|予防|支援|から(?:の|当社|弊社)|(?i:\b(?:not|n't|if|might|may|whether)\b)"
)
# Beside a word of loss, what it was about.
REASONS: tuple[tuple[re.Pattern[str], LostReason], ...] = (
    (re.compile(r"予算(?!オーバー|超過)|(?i:\bbudget\b)"), LostReason.BUDGET),
    (
        re.compile(
            r"価格|金額|値段|コスト|費用|料金|予算(?:オーバー|超過)|高額|割高|高[いくす]|(?i:\b(?:price|pricing"
            r"|cost|costs|expensive)\b)"
        ),
        LostReason.PRICE,
    ),
    (
        re.compile(
            r"他社|競合|他ベンダー|別ベンダー|コンペ|相見積|(?i:\b(?:competitor|rival|another vendor|other vendor)s?\b)"
        ),
        LostReason.COMPETITOR,
    ),
    (
        re.compile(r"機能|要件|仕様|性能|連携|(?i:\b(?:feature|function|functionality|requirement)s?\b)"),
        LostReason.FUNCTION,
    ),
    (re.compile(r"内製|自社開発|自社で|社内で(?:開発|対応|構築)|(?i:\bin[ -]house\b)"), LostReason.IN_HOUSE),
    (
        re.compile(
            r"時期|タイミング|時間|優先(?:度|順位)|多忙|繁忙|体制|(?i:\b(?:timing|too early|priorit\w+"
            r"|not the right time)\b)"
        ),
        LostReason.TIMING,
    ),
    (
        re.compile(
            r"音信不通|連絡(?:が)?(?:つか|取れ|とれ|途絶)|返信(?:が)?(?:な|無)|反応(?:が)?(?:な|無)"
            r"|(?i:\b(?:silent|silence|no answer)\b)"
        ),
        LostReason.SILENCE,
    ),
)

# --- English wants ---
INTEREST_EN = re.compile(
    r"(?i)\b(?:interest(?:ed)? in|keen on|curious about|considering|evaluating|wants? to (?:know|hear|learn) more about"
    r"|would like to (?:know|hear|learn) more about)\s+(?P<what>[^,.;]+)"
)
PROBLEM_EN = re.compile(
    r"(?i)\b(?:(?:problems?|trouble|issues?|difficult(?:y|ies)) with|struggl(?:es|ing|e|ed) with"
    r"|suffers? from|unhappy with|short of"
    r"|(?:problem|issue|pain point|challenge|bottleneck)(?: is|:))\s+(?P<what>[^,.;]+)"
)
NEED_EN = re.compile(
    r"(?i)\b(?:needs?|wants?|requires?|looking for|asked for|asks for|would like|requested|wish(?:es)? for)\s+"
    r"(?!to (?:know|hear|learn) more)(?:a |an |the |to (?:have |get |see )?)?(?P<what>[^,.;]+)"
)
DENIED_EN = re.compile(
    r"(?i)\b(?:no|not|isn't|aren't|wasn't|never|don't|doesn't|didn't|no longer|lost|little|without|if"
    r"|whether|may|might)\b[^,.;]*$"
)
