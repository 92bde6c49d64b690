FROM python:3.11-slim-bookworm
ENV PYTHONUNBUFFERED=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /srv/sampan
ARG EXTRA=requirements.txt
COPY requirements.txt requirements-carriers.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt && pip install --no-cache-dir --require-hashes -r $EXTRA \
    && useradd --create-home sampan
COPY . .
# Nothing is asked of the database here; the addresses only keep the build from starting servers of its own.
RUN DATABASE_URL=postgresql://build@localhost/build REDIS_URL=redis://localhost SECRET_KEY=build \
    VAR_DIR=/srv/sampan/var python manage.py collectstatic --noinput -v 0 && chown -R sampan var
USER sampan
EXPOSE 8000
CMD ["python", "-m", "gunicorn", "marketplace.wsgi", "--preload", "--workers", "2", "--threads", "4", "--bind", "0.0.0.0:8000"]
