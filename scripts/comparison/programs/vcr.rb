# Asks for everything by Net::HTTP, recorded or replayed by VCR with WebMock. Arguments: as for node.mjs.
require 'json'
require 'net/http'

_, phase, folder, port = ARGV
$port = port.to_i

def ask(path, headers = {})
  result = {}
  Net::HTTP.start('127.0.0.1', $port, read_timeout: 5) do |http|
    http.max_retries = 0
    http.request_get(path, headers) do |response|
      fields = []
      response.each_header { |name, _| response.get_fields(name).each { |value| fields << [name, value] } }
      result.merge!(status: response.code.to_i, reason: response.message, fields: fields, interim: [], trailers: [], pieces: [])
      times = []
      response.read_body { |piece| result[:pieces] << piece; times << Process.clock_gettime(Process::CLOCK_MONOTONIC) }
      result[:gap] = times.empty? ? 0 : ((times.last - times.first) * 1000).round
    end
  end
  result
rescue Exception => error
  result.merge(error: error.class.name, message: error.message)
end

def ask_all(phase)
  seen = {}
  seen['miss'] = ask('/items?page=2') if phase == 'replay'
  [1, 3, 4].each { |page| seen["items-#{page}"] = ask("/items?page=#{page}") }
  if ENV['WAIT_TO_BE_KILLED']
    puts 'ready'
    $stdout.flush
    sleep 60
  end
  %w[fields trailers early pieces cut reset malformed].each { |path| seen[path] = ask("/#{path}") }
  seen['secret'] = ask('/secret', { 'Authorization' => "Bearer #{ENV['SECRET']}" })
  puts JSON.generate(seen)
end

if phase == 'plain'
  ask_all(phase)
else
  require 'vcr'
  VCR.configure do |config|
    config.cassette_library_dir = folder
    config.hook_into :webmock
  end
  VCR.use_cassette('vcr', record: phase == 'record' ? :all : :none) { ask_all(phase) }
end
