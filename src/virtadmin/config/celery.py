"""The Celery application and its timetable."""

import sys

from celery import Celery
from celery.schedules import crontab
from celery.signals import task_postrun, task_prerun
from django.db import close_old_connections

app = Celery("virtadmin")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf["CELERY_DB_REUSE_MAX"] = sys.maxsize  # else it closes the database's connection after each task
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "collector.tick": {"task": "collector.tick", "schedule": 5.0, "options": {"expires": 30}},
    "collector.days_prune": {"task": "collector.days_prune", "schedule": crontab(minute="41", hour="3")},
    "servers.enrolments_reap": {"task": "servers.enrolments_reap", "schedule": 20.0, "options": {"expires": 20}},
    "servers.profiles_prune": {"task": "servers.profiles_prune", "schedule": crontab(minute="17")},
    "alerting.tell": {"task": "alerting.tell", "schedule": 5.0, "options": {"expires": 5}},
    "alerting.forecast": {"task": "alerting.forecast", "schedule": crontab(), "options": {"expires": 50}},
    "alerting.prune": {"task": "alerting.prune", "schedule": crontab(minute="47")},
    "chatbots.prune": {"task": "chatbots.prune", "schedule": crontab(minute="53")},
    "notifications.sweep": {"task": "notifications.sweep", "schedule": 10.0, "options": {"expires": 10}},
    "notifications.prune": {"task": "notifications.prune", "schedule": crontab(minute="23")},
    "accounts.prune": {"task": "accounts.prune", "schedule": crontab(minute="29")},
    "operations.heartbeat": {"task": "operations.heartbeat", "schedule": crontab(), "options": {"expires": 50}},
    "metrics.roll": {"task": "metrics.roll", "schedule": crontab(minute="*/5"), "options": {"expires": 240}},
    "metrics.prune": {"task": "metrics.prune", "schedule": crontab(minute="35")},
}

for moment in (task_prerun, task_postrun):  # as Django does around a request: close what broke, or is over CONN_MAX_AGE
    moment.connect(close_old_connections, dispatch_uid="virtadmin.config")
