import { basic, bearer, inBase64, type Services } from './service.ts'

/** What runs other things, and what keeps their secrets. */
export const PLATFORM: Services = {
  'Vault @ vault.example.com': (s) => {
    const { drawn: d } = s
    s.call('POST /v1/auth/approle/login', {
      json: { role_id: s.secret('role id', d.uuid()), secret_id: s.secret('secret id', d.uuid()) },
      answer: {
        json: {
          request_id: s.harmless('request', d.uuid()),
          lease_id: '',
          renewable: false,
          auth: {
            client_token: s.secret('client token', `hvs.CAESI${d.base64url(60)}`),
            accessor: s.secret('accessor', d.letters(24)),
            policies: ['default'],
            token_policies: [s.harmless('policy', 'default')],
            lease_duration: s.harmless('lease', 2_764_800),
            entity_id: s.harmless('entity', d.uuid()),
          },
        },
      },
    })
    s.call('GET /v1/secret/data/app', {
      fields: {
        'X-Vault-Token': s.secret('header', `hvs.${d.letters(24)}`),
        'X-Vault-Request': s.harmless('request mark', 'true'),
      },
      answer: {
        json: {
          data: {
            data: {
              username: s.harmless('name', 'app'),
              passcode: s.secret('passcode', d.letters(12)),
              'stripe-live': s.secret('odd name', d.letters(32)),
              endpoint: s.harmless('endpoint', 'https://db.example.com:5432'),
            },
            metadata: { created_time: s.harmless('created', '2026-03-22T02:24:06.945319214Z'), version: 2 },
          },
        },
      },
    })
    s.call('GET /v1/database/creds/readonly', {
      answer: {
        json: {
          lease_id: s.harmless('lease id', `database/creds/readonly/${d.letters(24)}`),
          data: {
            username: s.harmless('db user', 'v-token-readonly-x'),
            password: s.secret('db password', `A1a-${d.letters(16)}`),
          },
        },
      },
    })
    s.call('POST /v1/sys/init', {
      json: { secret_shares: 3, secret_threshold: 2 },
      answer: {
        json: {
          keys: [s.secret('unseal key', d.hex(66)), s.secret('unseal key 2', d.hex(66))],
          keys_base64: [s.secret('unseal base64', d.base64(33))],
          root_token: s.secret('root token', `s.${d.letters(24)}`),
        },
      },
    })
    s.call('PUT /v1/sys/unseal', {
      json: { key: s.secret('key share', d.hex(66)) },
      answer: {
        json: {
          sealed: true,
          t: 2,
          n: 3,
          progress: 1,
          nonce: s.harmless('nonce', d.uuid()),
          version: s.harmless('version', '1.15.2'),
        },
      },
    })
    s.call('POST /v1/transit/encrypt/k', {
      json: { plaintext: s.secret('plaintext', d.base64(24)) },
      answer: { json: { data: { ciphertext: s.harmless('ciphertext', `vault:v1:${d.base64(40)}`), key_version: 1 } } },
    })
    s.call('POST /v1/auth/approle/role/r/secret-id', {
      answer: {
        json: {
          data: {
            secret_id: s.secret('new secret id', d.uuid()),
            secret_id_accessor: s.secret('secret id accessor', d.uuid()),
            secret_id_ttl: s.harmless('ttl', 600),
          },
        },
      },
    })
    s.call('POST /v1/sys/wrapping/wrap', {
      answer: {
        json: {
          wrap_info: {
            token: s.secret('wrapping token', `hvs.CAESI${d.base64url(60)}`),
            creation_path: s.harmless('path', 'sys/wrapping/wrap'),
          },
        },
      },
    })
    s.call('POST /v1/pki/issue/r', {
      answer: {
        json: {
          data: {
            certificate: s.harmless('certificate', d.pem('CERTIFICATE')),
            private_key: s.secret('issued key', d.pem('RSA PRIVATE KEY')),
            serial_number: s.harmless('serial', '39:dd:2e:90:b7:23:1f:8d:d3:7d:31:c5:1b:da:84:d0:5b:65:31:58'),
          },
        },
      },
    })
    s.call('POST /v1/totp/code/k', { answer: { json: { data: { code: s.secret('totp', d.digits(6)) } } } })
  },
  'Terraform @ app.terraform.io': (s) => {
    const { drawn: d } = s
    s.call('GET /api/v2/workspaces/ws/vars', {
      fields: bearer(s.secret('token', `${d.letters(14)}.atlasv1.${d.letters(67)}`)),
      answer: {
        json: {
          data: [
            {
              id: s.harmless('var', `var-${d.letters(16)}`),
              attributes: {
                key: 'db_password',
                value: s.secret('var value', d.letters(18)),
                sensitive: false,
                category: 'terraform',
              },
            },
            { attributes: { key: s.harmless('var name', 'region'), value: s.harmless('region', 'eu-central-1') } },
          ],
        },
      },
    })
    s.call('GET /state', {
      answer: {
        json: {
          version: 4,
          terraform_version: s.harmless('version', '1.6.2'),
          serial: 7,
          lineage: s.harmless('lineage', d.uuid()),
          outputs: {
            db_password: { value: s.secret('output', d.letters(20)), type: 'string', sensitive: true },
            vpc_id: { value: s.harmless('vpc', `vpc-0${d.hex(16)}`), type: 'string' },
          },
          resources: [
            {
              mode: 'managed',
              type: 'random_password',
              name: 'db',
              instances: [
                {
                  attributes: {
                    bcrypt_hash: s.secret('bcrypt', `$2a$10$${d.letters(53)}`),
                    id: 'none',
                    length: 24,
                    result: s.secret('random_password result', d.letters(24)),
                    special: true,
                  },
                  sensitive_attributes: [],
                },
              ],
            },
            {
              mode: 'managed',
              type: 'random_string',
              name: 'key',
              instances: [{ attributes: { result: s.secret('random_string result', d.letters(32)) } }],
            },
            {
              mode: 'managed',
              type: 'random_pet',
              name: 'pet',
              instances: [{ attributes: { id: s.harmless('pet', 'clever-mongoose'), length: 2 } }],
            },
            {
              mode: 'managed',
              type: 'tls_private_key',
              name: 'k',
              instances: [
                {
                  attributes: {
                    private_key_pem: s.secret('pem', d.pem('RSA PRIVATE KEY')),
                    private_key_openssh: s.secret('openssh', d.pem('OPENSSH PRIVATE KEY')),
                    public_key_openssh: s.harmless('public openssh', `ssh-rsa ${d.base64(200)}`),
                    public_key_fingerprint_md5: s.harmless(
                      'fingerprint',
                      '8d:4e:7a:41:7f:2e:a5:7a:4b:0b:6a:0f:0e:1d:44:55',
                    ),
                  },
                },
              ],
            },
            {
              mode: 'managed',
              type: 'aws_iam_access_key',
              name: 'ci',
              instances: [
                {
                  attributes: {
                    id: s.secret('access key id', `AKIA${d.of('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16)}`),
                    secret: s.secret('secret', d.base64(30)),
                    ses_smtp_password_v4: s.secret('smtp', `B${d.base64(32)}`),
                    user: s.harmless('user', 'ci-deploy'),
                  },
                },
              ],
            },
            {
              mode: 'managed',
              type: 'aws_db_instance',
              name: 'db',
              instances: [
                {
                  attributes: {
                    address: s.harmless('address', 'db.c9akciq32.eu-central-1.rds.amazonaws.com'),
                    master_password: s.secret('master password', d.letters(16)),
                    kms_key_id: s.harmless('kms key', `arn:aws:kms:eu-central-1:123456789012:key/${d.uuid()}`),
                    resource_id: s.harmless('resource id', `db-${d.upper(26)}`),
                  },
                },
              ],
            },
            {
              mode: 'managed',
              type: 'azurerm_storage_account',
              name: 's',
              instances: [
                {
                  attributes: {
                    primary_access_key: s.secret('primary', d.base64(64)),
                    primary_connection_string: `DefaultEndpointsProtocol=https;AccountName=x;AccountKey=${s.secret('in connection string', d.base64(64))};EndpointSuffix=core.windows.net`,
                  },
                },
              ],
            },
            {
              mode: 'managed',
              type: 'random_bytes',
              name: 'b',
              instances: [
                {
                  attributes: {
                    base64: s.secret('random bytes', d.base64(32)),
                    hex: s.secret('random bytes hex', d.hex(64)),
                    length: 32,
                  },
                },
              ],
            },
          ],
        },
      },
    })
    s.text(
      '/main.tf',
      'text/plain',
      `provider "datadog" {\n  api_key = "${s.secret('hcl api key', d.hex(32))}"\n  app_key = "${s.secret('hcl app key', d.hex(40))}"\n}\nresource "aws_db_instance" "db" {\n  username = "${s.harmless('hcl user', 'postgres')}"\n  password = "${s.secret('hcl password', 'hunter2-staging')}"\n  snapshot_identifier = "${s.harmless('snapshot', 'rds:production-2026-06-26-06-05')}"\n}\nvariable "token" {\n  type = string\n  description = "${s.harmless('description', 'The token of the deploy user')}"\n  default = "${s.secret('default', d.letters(32))}"\n}\nlocals {\n  secrets = {\n    stripe = "${s.secret('in a map', d.letters(32))}"\n  }\n}\n`,
    )
    s.text(
      '/terraform.tfvars',
      'text/plain',
      `db_password = "${s.secret('tfvars', d.letters(14))}"\ninstance_type = "${s.harmless('type', 't3.medium')}"\ngithub_token="${s.secret('tfvars token', `ghp_${d.letters(36)}`)}"\n`,
    )
  },
  'Docker and OCI registries @ auth.docker.io': (s) => {
    const { drawn: d } = s
    s.call('GET /token?service=registry.docker.io&scope=repository:library/alpine:pull', {
      fields: basic('bob', s.secret('pat', `dckr_pat_${d.base64url(20)}`)),
      answer: {
        json: {
          token: s.secret('bearer', d.jwt({ access: [] })),
          access_token: s.secret('same as access', d.jwt({ access: [1] })),
          expires_in: 300,
          issued_at: s.harmless('issued', '2026-01-01T00:00:00.123Z'),
        },
      },
    })
    const digest = s.harmless('digest', `sha256:${d.hex(64)}`)
    s.call(`GET /v2/library/alpine/manifests/${digest}`, {
      fields: bearer(s.secret('opaque bearer', d.base64url(120))),
      answer: {
        fields: {
          'Docker-Content-Digest': digest,
          Etag: `"${digest}"`,
          'Docker-Distribution-Api-Version': 'registry/2.0',
        },
        json: {
          schemaVersion: 2,
          config: { digest: s.harmless('config digest', `sha256:${d.hex(64)}`), size: 1470 },
          layers: [
            {
              digest: s.harmless('layer', `sha256:${d.hex(64)}`),
              mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
            },
          ],
        },
      },
    })
    s.call('POST /v2/x/blobs/uploads/', {
      answer: {
        status: 202,
        fields: {
          'Docker-Upload-UUID': s.harmless('upload', d.uuid()),
          Location: `/v2/x/blobs/uploads/${d.uuid()}?_state=${d.base64url(120)}`,
        },
      },
    })
    s.call('GET /config.json', {
      answer: {
        json: {
          auths: {
            'ghcr.io': { auth: inBase64(`bob:${s.secret('config auth', d.letters(20))}`) },
            'registry.example.com': { identitytoken: s.secret('identity token', d.base64url(40)) },
          },
          credsStore: s.harmless('creds store', 'desktop'),
        },
      },
    })
    s.call('POST /containers/create', {
      json: {
        Image: 'postgres:16',
        Env: [
          `POSTGRES_PASSWORD=${s.secret('env entry', d.letters(12))}`,
          `PATH=${s.harmless('path', '/usr/local/bin:/usr/bin')}`,
          `LANG=${s.harmless('lang', 'en_US.utf8')}`,
        ],
        Cmd: ['redis-server', '--requirepass', s.secret('requirepass', d.letters(16))],
        Labels: { 'org.opencontainers.image.revision': s.harmless('revision', d.hex(40)) },
      },
      answer: { json: { Id: s.harmless('container', d.hex(64)), Warnings: [] } },
    })
    s.call('POST /v1.43/images/create?fromImage=x', {
      fields: {
        'X-Registry-Auth': s.secret(
          'registry auth',
          Buffer.from(
            JSON.stringify({
              username: 'bob',
              password: s.secret('registry password', d.letters(14)),
              serveraddress: 'ghcr.io',
            }),
          ).toString('base64url'),
        ),
      },
    })
    s.call('POST /v1.43/swarm/init', {
      answer: {
        json: {
          JoinTokens: {
            Worker: s.secret('worker', `SWMTKN-1-${d.lower(50)}-${d.lower(25)}`),
            Manager: s.secret('manager', `SWMTKN-1-${d.lower(50)}-${d.lower(25)}`),
          },
          ID: s.harmless('swarm', d.lower(25)),
        },
      },
    })
  },
  'Kubernetes @ cluster.example.com': (s) => {
    const { drawn: d } = s
    s.call('POST /api/v1/namespaces/default/secrets', {
      json: {
        kind: 'Secret',
        apiVersion: 'v1',
        metadata: { name: s.harmless('name', 'db-credentials'), labels: { app: 'web' } },
        stringData: {
          url: s.harmless('plain url', 'https://db.example.com'),
          pg_pw: s.secret('pg_pw', d.letters(14)),
          config: `user: app\npassword: ${s.secret('yaml in string data', d.letters(12))}\n`,
        },
      },
      answer: {
        json: {
          kind: 'Secret',
          metadata: {
            uid: s.harmless('uid', d.uuid()),
            resourceVersion: s.harmless('version', '4711'),
            managedFields: [{ manager: 'kubectl-create' }],
          },
          data: {
            pg_pw: s.secret('data', inBase64(d.letters(14))),
            url: s.harmless('url data', inBase64('https://db.example.com')),
          },
        },
      },
    })
    s.call('GET /api/v1/pods', {
      fields: bearer(s.secret('token', d.jwt({ iss: 'https://kubernetes.default.svc' }))),
      answer: {
        json: {
          kind: 'PodList',
          metadata: { continue: s.harmless('continue', d.base64url(60)) },
          items: [
            {
              metadata: {
                name: s.harmless('pod', 'web-7d4b9c6f5-x2x9z'),
                uid: s.harmless('pod uid', d.uuid()),
                annotations: { 'checksum/config': s.harmless('checksum', d.hex(64)) },
              },
              spec: {
                containers: [
                  {
                    args: [
                      '--token',
                      s.secret('arg token', d.letters(24)),
                      `--redis-password=${s.secret('arg password', d.letters(16))}`,
                      '--log-level',
                      'info',
                    ],
                    env: [
                      {
                        name: 'SENTRY_DSN',
                        value: `https://${s.secret('sentry key', d.hex(32))}@o1.ingest.sentry.io/5`,
                      },
                      { name: 'JWT_SIGNING_KEY', value: s.secret('signing key', d.base64(32)) },
                      { name: 'GIT_SHA', value: s.harmless('git sha', d.hex(40)) },
                    ],
                    image: s.harmless('image', `web@sha256:${d.hex(64)}`),
                    envFrom: [{ secretRef: { name: s.harmless('secret ref', 'web-secrets') } }],
                  },
                ],
                imagePullSecrets: [{ name: s.harmless('pull secret', 'regcred') }],
                serviceAccountName: s.harmless('account', 'web'),
              },
            },
          ],
        },
      },
    })
    s.text(
      '/values.yaml',
      'application/yaml',
      `image:\n  repository: web\n  tag: "${s.harmless('tag', '1.27.3-alpine')}"\nredis:\n  auth:\n    enabled: true\n    password: ${s.secret('helm password', d.letters(16))}\n    existingSecret: ${s.harmless('existing secret', 'redis-auth')}\n    existingSecretPasswordKey: ${s.harmless('secret key name', 'redis-password')}\npostgresql:\n  postgresqlPassword: "${s.secret('helm quoted', 'pg-pass-word')}"\nextraArgs:\n  - --requirepass ${s.secret('requirepass in a line', d.letters(16))}\n  - --maxmemory 256mb\ncommand: ["redis-server", "--requirepass", "${s.secret('requirepass in a list', d.letters(16))}"]\nrun: mysql -uroot -p${s.secret('mysql -p', d.letters(12))} -h db\n`,
    )
    s.text(
      '/kustomization.yaml',
      'application/yaml',
      `secretGenerator:\n- name: app\n  literals:\n  - DB_PASSWORD=${s.secret('literal', d.letters(14))}\n  - LOG_FORMAT=${s.harmless('log format', 'json')}\nsealed:\n  encryptedData:\n    password: ${s.harmless('sealed', `AgBy3i4OJSWK+PiTySYZZA9rO43cGDEq${d.base64(90)}`)}\n`,
    )
    s.call('POST /apis/certificates.k8s.io/v1/certificatesigningrequests', {
      json: {
        kind: 'CertificateSigningRequest',
        spec: {
          request: s.harmless('csr', inBase64(d.pem('CERTIFICATE REQUEST'))),
          signerName: 'kubernetes.io/kube-apiserver-client',
        },
      },
    })
    s.call('POST /api/v1/namespaces/default/serviceaccounts/x/token', {
      answer: {
        json: {
          kind: 'TokenRequest',
          status: {
            token: s.secret('requested', d.jwt({ sub: 'system:serviceaccount:default:x' })),
            expirationTimestamp: s.harmless('expiration', '2026-01-01T01:00:00Z'),
          },
        },
      },
    })
    s.call('GET /join', {
      answer: {
        body: `kubeadm join 10.0.0.1:6443 --token ${s.secret('join', `${d.lower(6)}.${d.lower(16)}`)} --discovery-token-ca-cert-hash ${s.harmless('ca hash', `sha256:${d.hex(64)}`)}\n`,
      },
    })
  },
  'GitLab and Jenkins @ gitlab.example.com': (s) => {
    const { drawn: d } = s
    s.call('GET /api/v4/projects/1/variables', {
      fields: { 'PRIVATE-TOKEN': s.secret('pat', `glpat-${d.base64url(15)}`) },
      answer: {
        fields: { 'X-Next-Page': s.harmless('next page', '2'), 'X-Request-Id': s.harmless('request', d.upper(26)) },
        json: [
          {
            key: 'DEPLOY_KEY',
            value: s.secret('variable', d.letters(20)),
            variable_type: 'env_var',
            masked: true,
            protected: true,
          },
          { key: 'APP_ENV', value: s.harmless('variable harmless', 'production'), masked: false },
        ],
      },
    })
    s.call('POST /api/v4/projects/1/trigger/pipeline', {
      form: { token: s.secret('trigger', `glptt-${d.hex(40)}`), ref: 'main' },
      answer: {
        json: {
          id: 42,
          sha: s.harmless('sha', d.hex(40)),
          web_url: s.harmless('web url', 'https://gitlab.example.com/g/p/-/pipelines/42'),
        },
      },
    })
    s.call('POST /api/v4/runners', {
      form: { token: s.secret('registration', `GR1348941${d.base64url(15)}`) },
      answer: { json: { id: 1, token: s.secret('runner', `glrt-${d.base64url(15)}`) } },
    })
    s.call('POST /hook', {
      fields: {
        'X-Gitlab-Token': s.secret('hook token', d.letters(20)),
        'X-Gitlab-Event': 'Push Hook',
        'X-Gitlab-Event-UUID': s.harmless('event uuid', d.uuid()),
      },
      json: {
        object_kind: 'push',
        checkout_sha: s.harmless('checkout', d.hex(40)),
        commits: [
          { id: s.harmless('commit', d.hex(40)), message: s.harmless('message', 'fix: secret rotation for tokens') },
        ],
      },
    })
    s.call('GET /api/v4/projects/1/jobs/1/trace', {
      answer: {
        body: `$ echo "$CI_COMMIT_SHA"\n${s.harmless('trace sha', d.hex(40))}\n$ docker login -u ci -p ${s.secret('docker login', d.letters(20))} registry.example.com\nLogin Succeeded\n$ curl -H "PRIVATE-TOKEN: ${s.secret('traced header', d.letters(20))}" https://gitlab.example.com/api\n$ export NPM_TOKEN=${s.secret('export', d.letters(36))}\n$ sshpass -p '${s.secret('sshpass', d.letters(12))}' ssh deploy@host\n$ PGPASSWORD=${s.secret('pgpassword', d.letters(12))} psql -h db\n$ git push https://oauth2:${s.secret('push url', d.letters(20))}@gitlab.example.com/g/p.git\n$ npm ci\nadded ${s.harmless('count', '1432')} packages in 12s\n`,
      },
    })
    s.call('GET /job/x/config.xml', {
      fields: {
        ...basic('admin', s.secret('jenkins', `11${d.hex(32)}`)),
        'Jenkins-Crumb': s.secret('crumb', d.hex(64)),
      },
      answer: {
        fields: { 'Content-Type': 'application/xml' },
        body: `<project><scm><url>${s.harmless('scm url', 'https://github.com/o/r.git')}</url><credentialsId>${s.harmless('credentials id', 'github-deploy')}</credentialsId></scm><triggers><authToken>${s.secret('auth token', d.letters(16))}</authToken></triggers><builders><hudson.tasks.Shell><command>deploy --api-key=${s.secret('in command', d.letters(32))} --env=${s.harmless('env', 'staging')}</command></hudson.tasks.Shell></builders><password>${s.secret('jenkins secret', `{${d.base64(32)}}`)}</password></project>`,
      },
    })
  },
}
