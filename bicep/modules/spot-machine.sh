#!/bin/sh
# What a machine of the spot lane does when it starts: run the app's container, for ever.
# spot.bicep fills in what stands between at-signs.
set -eu

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq curl docker.io jq

install -d -m 700 /etc/durable-vod
umask 077
printf '%s' '@SETTINGS@' | base64 -d |
  jq -r 'to_entries[] | "\(.key)=\(.value)"' > /etc/durable-vod/settings.env

cat > /usr/local/bin/durable-vod-log-in <<'EOF'
#!/bin/sh
# Exchanges the machine's identity for a token of the registry; nothing secret is an argument.
set -eu
imds='http://169.254.169.254/metadata/identity/oauth2/token'
asked='api-version=2018-02-01&resource=https://management.azure.com/&client_id=@CLIENT_ID@'
curl -fsS -H 'Metadata: true' "$imds?$asked" | jq -r .access_token |
  { printf 'grant_type=access_token&service=@REGISTRY@&access_token='; tr -d '\n'; } |
  curl -fsS --data @- 'https://@REGISTRY@/oauth2/exchange' | jq -r .refresh_token |
  docker login '@REGISTRY@' --username 00000000-0000-0000-0000-000000000000 --password-stdin
EOF
chmod 755 /usr/local/bin/durable-vod-log-in

# The image may come later than the machine: it is tried until it is there.
cat > /etc/systemd/system/durable-vod.service <<'EOF'
[Unit]
Description=durable-vod, spot lane
After=docker.service network-online.target
Requires=docker.service

[Service]
ExecStartPre=/usr/local/bin/durable-vod-log-in
ExecStartPre=/usr/bin/docker pull --quiet @REGISTRY@/@IMAGE@
ExecStart=/usr/bin/docker run --rm --name durable-vod --env-file /etc/durable-vod/settings.env @REGISTRY@/@IMAGE@
ExecStop=/usr/bin/docker stop --time 25 durable-vod
TimeoutStartSec=600
Restart=always
RestartSec=30

[Install]
WantedBy=multi-user.target
EOF
systemctl daemon-reload
systemctl enable --now durable-vod.service
