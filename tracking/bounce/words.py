"""The words servers use when they refuse a mail, in the languages their reports come in.

Phrases are what servers and their manuals say (RFC 3463 and 5321, the manuals of Postfix, Exim, qmail, Sendmail and
Exchange, the bounce pages of the large providers). Plain text search is many times faster than patterns, so a gap is
written `…` and searched for in two steps. Groups stand in the order they are asked: what says most of the person comes
behind what says that our mail or our server was refused, because a wrong "hard" loses a good address.
"""

from abm.words import BounceReason
from tracking.bounce.phrases import HARD, SOFT, group_of, phrases_of

# Lower case, one space between words; addresses have become <@>.
GROUPS = (
    group_of(
        BounceReason.BLOCKED_SPAM,
        SOFT,
        """
        spamhaus / spamcop / sorbs.net / barracudacentral / abuseat.org / uceprotect / invaluement
        blocked using / blocked by …rbl / blocked by …bl. / blacklist / black list / blocklist / block list
        deny list / denylist / dnsbl / listed in …rbl / listed by …bl / is listed at / poor reputation
        bad reputation / low reputation / reputation of the sending / considered spam / identified as spam
        detected as spam / classified as spam / looks like spam / recognized as spam / suspected spam
        spam detected / spam message rejected / spam content / spam-like / rejected as spam
        as spam and rejected / message …spam …rejected / rejected …spam / marked as spam / likely unsolicited
        unsolicited mail / unsolicited bulk / unsolicited message / high probability of spam / spam score
        antispam …reject / message contains spam / junk mail / bulk mail / message blocked due to spam
        has been blocked by our anti-spam / denied by …anti-spam / sender ip …blocked / ip address …blocked
        ip …has been blocked / client host …blocked / host …is blocked / your ip …rejected / banned sending ip
        mail server …has been temporarily blocked / tss0 / (dyn: / (rly: / (con: / (rtr: / (hvu: / (snd:b
        (s3140) / (s3150) / als spam / spamverdacht / considéré comme spam / indésirable
        """,
    ),
    group_of(
        BounceReason.BLOCKED_POLICY,
        SOFT,
        """
        sender address rejected / sender rejected / sender denied / sender not allowed / sender is not allowed
        sender not authorized / sender refused / sender was rejected / sender verify failed
        sender verification failed / could not verify sender / cannot verify sender / sender domain
        domain of sender / sender's domain / unroutable sender / unrouteable sender
        verification failed for <@> …sender / sender address / sender's address / sender's mailbox
        sender mailbox / unknown sender / sender unknown / envelope sender / return address / bad sender
        invalid sender / sender address …does not exist
        mail from …rejected / mail from …denied / bogus mail from / backscatter / batv / spf fail / spf check
        spf validation / fails spf / failed spf / not permitted by spf / sender policy framework / dkim / dmarc
        reverse dns / ptr record / no ptr / no rdns / cannot find your hostname
        cannot find your reverse hostname / client host rejected / helo command rejected / my name was rejected
        unauthenticated / authentication required / authentication is required / smtp authentication
        must authenticate / not authenticated / sender not authenticated / resolver.rst.authrequired
        resolver.rst.notauthorized / resolver.rst. / restricted from receiving / restricted to
        only accepts messages from / only accepting mail from / not allowed to send to this
        not authorized to send / don't have permission to send / do not have permission
        permission to …this recipient / permission to …this group / delivery not authorized
        blocked by recipient / blocked by the recipient / refused due to recipient preferences
        prohibited by …policy / violates …policy / policy violation / policy reasons / policy reject
        policy restriction / against policy / security policy / local policy / administrative prohibition
        administratively prohibited / administratively denied / rejected by administrator / rejected for policy
        mail rejected by policy / message rejected due to / not accepted for policy / does not comply
        not rfc compliant / not rfc 5322 / 5322 compliant / bare lf / bare line feed / tls required
        requires tls / starttls required / must issue a starttls / header …rejected / transport rule
        transport.rules / message was rejected by organization policy / by organization policy
        your organization …rejected / custom mail flow rule
        """,
    ),
    group_of(
        BounceReason.RATE_LIMITED,
        SOFT,
        """
        greylist / graylist / grey-list / grey list / rate limit / rate-limit / ratelimit
        too many messages from / too many messages sent / too many connections / too many concurrent
        too many recipients / too many emails / too many mails / too many sessions / too much mail from
        receiving mail at a rate / receiving mail too quickly / receiving messages at a rate
        sending mail too quickly / unusual rate / temporarily rate / temporarily deferred
        been temporarily deferred / throttl / exceeded the max emails / exceeded its …limit
        exceeded the …sending / hourly limit / daily limit / daily sending / sending limit / sending quota
        message rate / connection rate / try again later …limit / submission quota
        """,
    ),
    group_of(
        BounceReason.MAILBOX_FULL,
        SOFT,
        """
        quota exceeded / over quota / overquota / over-quota / over the quota / exceeded …quota / exceeds …quota
        exceeding …quota / exceed …quota / quota violation / quota exceed / quota has been / quota limit
        quota usage / out of quota / mailbox quota / disk quota / disc quota / storage quota / quota …exceeded
        mailbox full / mailbox is full / mailbox was full / mailbox …is full / inbox is full / inbox full
        full mailbox / mail box full / mail box is full / mailfolder is full / maildir …full / account is full
        user is full / is over the allowed / over the maximum allowed / over allowed quota / over disk
        mailbox limit / mailbox size limit / mailbox has exceeded / mailbox exceeded / mailbox would exceed
        would exceed …storage / would exceed mailbox / exceeded storage / exceeded its storage
        exceeded its disk / exceeded the space / exceeded the local limit / exceeded his / exceeded their
        exceeded allotted / storage limit / storage exceeded / disk space limit / space has been used up
        not enough storage space / not enough space / not enough free space / no space left for / out of space
        space not enough / out of storage / outofstorage / insufficient space / insufficient mailbox
        too many messages on the server / too many messages in / too much mail data / mailbox is over
        mailbox over / user …has too much mail / can't accept messages …full / quota_exceeded / storagefull
        mapiexceptionshutoffquotaexceeded / stuck …quota / postfach voll / postfach ist voll / postfach …voll
        speicherplatz / boîte …pleine / boite …pleine / quota dépassé / buzón …lleno / buzon …lleno
        bandeja …llena / casella …piena / caixa …cheia / ящик …переполнен / переполнен
        """,
    ),
    group_of(
        BounceReason.RELAY,
        SOFT,
        """
        relaying denied / relay denied / relay access denied / relaying not allowed / relay not permitted
        relaying not permitted / relaying prohibited / relay prohibited / relaying is prohibited
        relaying mail to / relaying to …denied / not permitted to relay / not allowed to relay / unable to relay
        cannot relay / we do not relay / we don't relay / do not accept relay / no relay / not a gateway
        isn't in my list of allowed rcpthosts / isn't in my list of allowed / not in my list of allowed
        isn't allowed to be relayed / not a valid relay / insecure mail relay
        """,
    ),
    group_of(
        BounceReason.MAILBOX_DISABLED,
        SOFT,
        """
        temporarily disabled / temporarily unavailable / temporarily inactive / temporarily suspended
        temporarily limited / temporarily locked / temporary locked / temporarily blocked / disabled temporar
        currently suspended / account suspended / account has been suspended / account is suspended
        user suspended / mailbox suspended / mailbox is frozen / account is locked / account locked
        mailbox locked / mailbox is locked / mailbox temporarily / mailbox busy / suspend the service
        not accepting messages at this time
        """,
    ),
    group_of(
        BounceReason.MAILBOX_DISABLED,
        HARD,
        """
        account is disabled / account disabled / account has been disabled
        account that you tried to reach is disabled / account that you tried to reach is inactive
        mailbox disabled / mailbox is disabled / mailbox has been disabled / mailbox …is disabled
        user is disabled / user disabled / recipient disabled / recipient is disabled
        recipient has been disabled / address disabled / address is disabled / email account …disabled
        administratively disabled / administrativeley disabled / administrativly disabled
        disabled or discontinued / account is inactive / account inactive / account is not active
        account is deactivated / account deactivated / account has been deactivated / account is closed
        account closed / account has been closed / account expired / account has expired / account deleted
        account has been deleted / account terminated / deactivated mailbox / mailbox is inactive
        mailbox inactive / mailbox …inactive / mailbox not active / inactive user / inactive mailbox
        inactive account / inactive recipient / user is inactive / user inactive / user not active
        user is not active / recipient is inactive / recipient inactive / extended inactivity
        due to inactivity / no longer active / not an active address / unmonitored / no longer in use
        no longer in service / discontinued / mailbox has been deleted / ist deaktiviert / account gesperrt
        compte désactivé / cuenta …desactivada / cuenta …deshabilitada / заблокирован
        """,
    ),
    group_of(
        BounceReason.MOVED,
        HARD,
        """
        has moved / user moved / mailbox moved / address has changed / address changed / no longer works here
        no longer employed / no longer with the company / no longer with us / left the company
        user no longer on server / changed his email / changed her email
        """,
    ),
    group_of(
        BounceReason.NO_SUCH_HOST,
        HARD,
        """
        host or domain name not found / host not found / host unknown / unknown host / unknown domain
        domain unknown / domain not found / no such host / no such domain / domain does not exist
        dns domain …does not exist
        nonexistentdomain / non-existent domain / non-existent hosts / nxdomain
        name or service not known / name service error …host not found
        all relevant mx records point to non-existent / host address lookups failed permanently
        unable to resolve / couldn't find any host / couldn't find a mail exchanger
        could not find a mail exchanger / null mx / domain …does not accept mail / host does not accept mail
        no mx record / nullmx / indicated no smtp service / invalid domain / bad domain
        bad destination system / domain couldn't be found / unrouteable domain / unroutable domain
        """,
    ),
    group_of(
        BounceReason.NO_SUCH_USER,
        HARD,
        """
        user unknown / unknown user / user is unknown / userunknown / unknown recipient / recipient unknown
        recipient is unknown / unknown local / unknown or illegal alias / unknown or illegal user
        unknown alias / unknown address / unknown email address / unknown e-mail address / unknown virtual
        unknown account / unknown mailbox / unknown or invalid / address unknown / addressee unknown / account unknown
        mailbox unknown / addresses were unknown / user <@> unknown / user (<@>) unknown
        user …is unknown / invalid user
        invalid recipient / invalid-recipient / invalid mailbox / mailbox invalid / invalid address
        address invalid / address is invalid / email address is not valid / invalid email address
        recipient invalid / recipient is invalid / recipient is not valid / recipient isn't valid
        invalid local part / invalid rcpt / no such user / invalid final delivery userid
        final email delivery point / no matches to nameserver query / no such recipient / no such address
        no such mailbox / no such person / no such account / no such local / no such email / no such name
        no such contact / no such virtual / no such <@> / no user / no mailbox / no mail box / no account
        no recipient / no valid recipient / no person / no one at this address / no longer valid
        no longer available / no longer a valid / no longer exists / no longer accepts mail
        no longer accepting mail / not a known user / not a known recipient / not a known address / not a user
        not a valid user / not a valid recipient / not a valid mailbox / not a valid account
        not a valid address / not a valid e / not a mail recipient / not an existing / not a local / not local
        not a registered / not registered / not our customer / not known at this site / not known here
        not known to / not known in / not listed in / name is not recognized / recipient …not recognized
        user …not recognized / address …not recognized / user not known / mailaddress is not
        not present in directory / not in address book / not in directory / not in our directory
        not in my validrcptto / not in recipient list / not exist / doesdoes not exist
        do not exist / not exists / donon-existent user / non-existent / nonexistent
        non existent / doesn't have a …account / doesn't have an …account / does not have a …account
        does not have an …account / does not have an email / does not have a mailbox / doesn't have a mailbox
        user not found / users not found / user …not found / user …was not found / mailbox not found
        mailbox …not found / mailbox not available / mailbox does not / recipient not found
        recipient …not found / recipient was not found / recipient …wasn't found / wasn't found at
        wasn't found or / wasn't found in / couldn't be found / could not be found / can't be found
        cannot be found / address not found / address …not found / account not found / account …not found
        email name is not found / cannot find user / cannot find …recipient / cannot find …mailbox
        cannot find …user / can't find user / recipnotfound / recipient not exist
        recipient not ok / unable to find / undeliverable address / undeliverable recipient
        bad destination mailbox / bad destination email / bad address / bad recipient / bad user / bad mailbox
        badrcptto / badrecipientto / ambiguous name / address error / envelope recipient has been denied
        recipient not accepted here / can't accept user / user missing / missing home directory
        mailbox not present / mailbox name not allowed / mailbox unavaiable / recipients are invalid
        recipient refuses / does not like recipient / rejected recipient
        destination server rejected recipients / recipient cannot be verified / unverified recipient
        recipient verification failed / verify recipient …fail / unrouteable address / unroutable address
        unrouteable mail / unroutable user / this address is not / this email address is not
        delivery to this address is restricted / is not an account / person not found / unknown addressee
        not our user / user not in / inexistent / wrong address / incorrect address / misspelled
        dd requested mail action aborted / resolver.adr / nicht bekannt / empfänger ist unbekannt
        empfänger existiert nicht / existiert nicht / unbekannter empfänger / unbekannt / nicht gefunden
        utilisateur inconnu à cette / destinataire inconnu / adresse inconnue / inconnu / n'existe pas / introuvable
        destinataire invalide / no existe / destinatario desconocido / usuario desconocido / usuario no
        no se ha encontrado / no se encontró
        nessun utente / utente sconosciuto / destinatario sconosciuto / indirizzo sconosciuto / inesistente
        non esiste / não existe / nao existe / não encontrado
        desconhecido no / destinatário desconhecido / usuário desconhecido / usuário inexistente / onbekend
        bestaat niet / niet gevonden / okänd / finns inte
        ukendt / nie istnieje / nieznany / neznámý / ei löydy / не существует / не найден / нет такого
        """,
    ),
    group_of(
        BounceReason.TOO_LARGE,
        SOFT,
        """
        too large / too big / message size exceeds / size exceeds / size limit / size restriction / exceeds size
        exceeds …maximum / exceeds the maximum / exceeded the maximum / exceeded maximum / exceeds limit
        maximum size / maximum message size / databytes limit / exceeds fixed maximum / recipsizelimit
        message length exceeds / larger than / zu groß / trop volumineux
        """,
    ),
    group_of(
        BounceReason.LOOP,
        SOFT,
        """
        mail loop / loops back to myself / looping / mxloopback / too many hops / hop count / too many received
        routing loop / loop detected / mail forwarding loop / best-preference mx / forwarding loop
        """,
    ),
    group_of(
        BounceReason.CONTENT,
        SOFT,
        """
        virus / malware / infected / attachment / phish / malicious / content rejected / content reject
        content filter / content restriction / message content / inappropriate content / conversion
        message rejected / illegal header / syntax error / malformed / missing header / duplicate header / eicar
        """,
    ),
    group_of(
        BounceReason.BLOCKED_POLICY,
        SOFT,
        """
        policy / blocked / access denied / access to …denied / not permitted / not allowed / not authorized
        unauthorized / permission denied / refused by / abuse / prohibited / banned / restricted / security
        spam / reputation / contact your / bounce address / null sender / empty envelope sender
        """,
    ),
    group_of(
        BounceReason.CONNECTION,
        SOFT,
        """
        timed out / timeout / time out / time expired / expired / connection refused / connection reset
        connection dropped / connection lost / connection closed / lost connection / network unreachable
        network is unreachable / host unreachable / no route to host / not responding / did not respond
        no answer / unreachable / not reachable
        could not connect / couldn't connect / unable to connect / our requests to connect
        can't connect / wasn't able to establish / not able to establish / in the queue too long
        queue too long / too long in queue / retry time not reached / retry timeout exceeded / giving up on
        tls handshake / certificate / was not delivered within / maximum retries / delivery suspended
        """,
    ),
    group_of(
        BounceReason.SYSTEM,
        SOFT,
        """
        system storage / disk full / no space / local error / internal error / system error
        configuration error / misconfigur / server error / unable to create / input/output error / i/o error
        cannot open / can't open / can't create / cannot create / command died / exit status / mailer error
        mailer ( / pipe to / ldap / database / out of memory / service unavailable / service not available
        not accepting network messages / temporary failure / temporary problem / local problem
        """,
    ),
)

# What says "hard" only where the status says nothing of its own.
WEAK = phrases_of(
    """
    mailbox unavailable / mailbox is unavailable
    mailbox <@> unavailable / recipient address rejected / address rejected
    recipient rejected / recipient not accepted / recipient is not accepted / recipient refused
    rejected by a remote mail server / unable to accept mail for / unable to deliver to
    """
)
