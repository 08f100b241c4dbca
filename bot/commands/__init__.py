"""One command, one file; this list is what there is, in the order that menus show it."""

from bot.commands.about import about
from bot.commands.access import access
from bot.commands.allow import allow
from bot.commands.ban import ban
from bot.commands.chat import chat
from bot.commands.claim import claim
from bot.commands.compare import compare, compared
from bot.commands.complete import complete
from bot.commands.deny import deny
from bot.commands.entities import entities
from bot.commands.help import help_
from bot.commands.here import here
from bot.commands.imagine import imagine
from bot.commands.limit import limit
from bot.commands.missed import missed
from bot.commands.model import model
from bot.commands.models import models
from bot.commands.new import new
from bot.commands.open import open_
from bot.commands.persona import persona
from bot.commands.privacy import privacy
from bot.commands.recall import recall
from bot.commands.retry import retry
from bot.commands.sentiment import sentiment
from bot.commands.settings import settings
from bot.commands.start import start
from bot.commands.stop import stop
from bot.commands.thread import thread
from bot.commands.try_ import try_
from bot.commands.tweetify import tweetify
from bot.commands.usage import usage
from bot.commands.whoami import whoami

COMMANDS = (
    chat,
    new,
    stop,
    retry,
    thread,
    imagine,
    tweetify,
    sentiment,
    entities,
    complete,
    recall,
    try_,
    compare,
    compared,
    models,
    model,
    persona,
    settings,
    usage,
    whoami,
    access,
    here,
    open_,
    allow,
    deny,
    ban,
    limit,
    claim,
    help_,
    privacy,
    about,
    start,
    missed,
)
