import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'

const print = (...seen) => console.log(JSON.stringify(seen))
const options = {
  endpoint: process.env.SERVER_URL,
  region: 'eu-test-1',
  credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'of-the-table' },
  maxAttempts: 1,
}
const s3 = new S3Client({ ...options, forcePathStyle: true })
const dynamo = new DynamoDBClient(options)

const see = async (call) => {
  try {
    const { $metadata, Body, ...seen } = await call
    return [$metadata.httpStatusCode, seen, await Body?.transformToString()]
  } catch (error) {
    return [error.name, error.message, error.$metadata?.httpStatusCode]
  }
}

print(await see(s3.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'a/b.txt', Body: 'stored' }))))
print(await see(s3.send(new GetObjectCommand({ Bucket: 'bucket', Key: 'a/b.txt' }))))
print(await see(s3.send(new GetObjectCommand({ Bucket: 'bucket', Key: 'none' }))))
print(await see(dynamo.send(new PutItemCommand({ TableName: 'things', Item: { id: { N: '1' } } }))))
print(await see(dynamo.send(new GetItemCommand({ TableName: 'things', Key: { id: { N: '1' } } }))))
s3.destroy()
dynamo.destroy()
