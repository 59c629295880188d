require 'net/http'

base = URI(ARGV[0])
# Where the environment leads; the store of certificates comes from SSL_CERT_FILE.
Net::HTTP.start(base.host, base.port, use_ssl: base.scheme == 'https') do |http|
  http.continue_timeout = 5
  [['Get', '/odd'], ['Get', '/trailers'], ['Post', '/echo', 'name=Ada'], ['Get', '/missing']].each do |kind, target, body|
    request = Net::HTTP.const_get(kind).new(target)
    request['Expect'] = '100-continue' if body
    request.body = body
    answer = http.request(request)
    puts [answer.code, answer.message, answer.to_hash, answer.body].inspect
  end
end
