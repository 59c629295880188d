import { GraphQLInt, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'

const query = new GraphQLObjectType({
  name: 'Query',
  fields: {
    hello: { type: GraphQLString, args: { name: { type: GraphQLString } }, resolve: (_, { name }) => `hello ${name}` },
  },
})
const subscription = new GraphQLObjectType({
  name: 'Subscription',
  fields: {
    counted: {
      type: GraphQLInt,
      args: { to: { type: GraphQLInt } },
      async *subscribe(_, { to }) {
        for (let counted = 1; counted <= to; counted++) yield { counted }
      },
    },
  },
})
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', path: '/graphql' })
useServer(
  {
    schema: new GraphQLSchema({ query, subscription }),
    onConnect: ({ connectionParams }) => connectionParams?.token === 'of a member',
  },
  server,
)
server.on('listening', () => console.log(server.address().port))
