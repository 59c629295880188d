import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;

public class Client {
  public static void main(String[] args) throws Exception {
    HttpClient client = HttpClient.newHttpClient();
    String[][] asked = {{"GET", "/odd", ""}, {"GET", "/trailers", ""}, {"POST", "/echo", "name=Ada"}, {"GET", "/missing", ""}};
    for (String[] ask : asked) {
      var publisher = ask[2].isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(ask[2]);
      var request = HttpRequest.newBuilder(URI.create(args[0] + ask[1])).method(ask[0], publisher).expectContinue(!ask[2].isEmpty()).build();
      var answer = client.send(request, BodyHandlers.ofString());
      System.out.println(answer.statusCode() + " " + answer.headers().map() + " " + answer.body());
    }
  }
}
