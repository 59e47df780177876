"""Where Alembic begins: the connection comes from `voicecoach.keep.index`, there is no alembic.ini."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
